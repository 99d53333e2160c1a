/*
 * Preloaded into linux.uml where the processor saves more registers than user-mode-linux of kernel 6.1 has room for
 * (2696 bytes; AMX makes it 11008). It writes a process's registers with PTRACE_SETREGSET, and the kernel takes only the
 * whole of them ("ptrace set fp regs failed, errno = 14"). So the part that it does not know is put back as it is.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Not on the stack, which is a small one. linux.uml traces from one thread alone. */
static unsigned char registers[64 * 1024];

long ptrace(enum __ptrace_request request, ...) {
  va_list rest;
  va_start(rest, request);
  pid_t pid = va_arg(rest, pid_t);
  void *address = va_arg(rest, void *);
  void *data = va_arg(rest, void *);
  va_end(rest);
  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
    struct iovec *part = data;
    struct iovec whole = {registers, sizeof registers};
    if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, address, &whole) < 0) return -1;
    if (part->iov_len < whole.iov_len) {
      memcpy(registers, part->iov_base, part->iov_len);
      return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, address, &whole);
    }
  }
  /* As the C library does: what is peeked is the result. */
  if (request >= PTRACE_PEEKTEXT && request <= PTRACE_PEEKUSER) {
    long word;
    long result = syscall(SYS_ptrace, request, pid, address, &word);
    return result < 0 ? result : word;
  }
  return syscall(SYS_ptrace, request, pid, address, data);
}
