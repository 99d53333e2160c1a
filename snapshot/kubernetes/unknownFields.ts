import type { Message } from "protobufjs/light";

/** A field of a protobuf message that this program's types do not know: a newer Kubernetes wrote it. */
export interface UnknownField {
  /** Where it is and its number, such as `spec.template (field 42)`; the number alone at the top level. */
  readonly path: string;
  /** As encoded, its tag included. */
  readonly bytes: Uint8Array;
}

/** What a message decoded with `discardUnknown: false` keeps. */
interface Keeping {
  readonly $unknowns?: readonly Uint8Array[];
}

/**
 * Unknown fields of a decoded message and of all messages in it, in order of their paths.
 * @throws TypeError where one has the number of a field that is known: it is written as another type
 */
export function unknownFieldsOf(message: Message): UnknownField[] {
  const found: UnknownField[] = [];
  collect(message, "", found);
  return found;
}

function collect(value: unknown, path: string, found: UnknownField[]): void {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) collect(item, `${path}[${i}]`, found);
    return;
  }
  for (const bytes of (value as Keeping).$unknowns ?? []) {
    const number = numberOf(bytes);
    const field = `field ${number}`;
    if ((value as Message).$type.fieldsById[number] !== undefined)
      throw new TypeError(`${path} (${field}) is of another type`);
    found.push({ path: path === "" ? field : `${path} (${field})`, bytes });
  }
  for (const [key, inner] of Object.entries(value))
    collect(inner, path === "" ? key : `${path}.${key}`, found);
}

/** The number in a tag, which is a varint whose lowest three bits are the wire type. */
function numberOf(bytes: Uint8Array): number {
  let tag = 0;
  for (const [i, byte] of bytes.entries()) {
    tag += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return Math.floor(tag / 8);
}
