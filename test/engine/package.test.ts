import { afterAll, beforeAll, describe } from "vitest";
import { commandLineIsProven } from "./package/commandLine";
import { contentsAreProven } from "./package/contents";
import { pipelineIsProven } from "./package/pipeline";
import { programsAreProven } from "./package/programs";
import { schemaIsProven } from "./package/schema";
import { templatesAreProven } from "./package/templates";
import { User } from "./package/user";
import { yamlIsProven } from "./package/yaml";

/** What a user gets: packed, installed into an empty project, and used there; packed and installed once for all. */
describe("the package", () => {
  const user = new User();
  beforeAll(() => user.install(), 600_000);
  afterAll(() => user.remove());

  contentsAreProven(user);
  commandLineIsProven(user);
  programsAreProven(user);
  templatesAreProven(user);
  schemaIsProven(user);
  yamlIsProven(user);
  pipelineIsProven(user);
});
