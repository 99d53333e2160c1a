import { type StoreShape, writeStore } from "./generatedStore";

/** Writes one store: `generate.ts FILE SHAPE-AS-JSON`. */
const [, , file = "", shape = ""] = process.argv;
writeStore(file, JSON.parse(shape) as StoreShape);
