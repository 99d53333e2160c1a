import { MemoryStore } from "../../support/memoryStore";
import { storeContract } from "../../support/storeContract";

storeContract("the memory of a test", () => new MemoryStore());
