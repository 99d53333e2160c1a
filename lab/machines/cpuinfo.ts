/**
 * What a machine sees as /proc/cpuinfo where the kernel tells no clock speed there (user-mode-linux): a kubelet on x86
 * does not start without one, as cadvisor's GetClockSpeed asks for it. Nothing reckons with the figure. Undefined where
 * the kernel's own will do.
 */
export function cpuinfoForKubelet(architecture: string, cpuinfo: string): string | undefined {
  if (architecture !== "x64" || /^cpu MHz\s*:\s*\d+\.\d+/m.test(cpuinfo)) {
    return undefined;
  }
  return cpuinfo.replace(/^processor\s*:.*$/gm, (line) => `${line}\ncpu MHz\t\t: 1000.000`);
}
