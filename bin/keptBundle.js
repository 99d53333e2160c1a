// The TypeScript of a checkout as one file that starts fast, kept below node_modules. It is made anew whenever one of the
// files that it was made of is another now: what is older than its sources never runs.
const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const directory = path.join(root, "node_modules", ".cache", "etcd-recovery");
const fileOf = (name) => path.join(directory, `${name}.js`);

/** What tells a changed file. */
function stampOf(name) {
  const { size, mtimeMs, ino } = fs.statSync(path.join(root, name), { throwIfNoEntry: false }) ?? {};
  return `${size} ${mtimeMs} ${ino}`;
}

/** The kept text; undefined when one of its sources has changed. Its first line names them. */
function keptCode(name) {
  try {
    const code = fs.readFileSync(fileOf(name), "utf8");
    const stamps = JSON.parse(code.slice("//".length, code.indexOf("\n")));
    return Object.entries(stamps).every(([file, stamp]) => stampOf(file) === stamp) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Bundles an entry anew, and keeps it. @returns the text */
async function newCode(name, entry) {
  require("tsx/cjs");
  const { keepBundle } = require("../automation/packaging/bundle.ts");
  return keepBundle(root, entry, fileOf(name), stampOf);
}

/** Runs a text as if it lay in the root: what it reads beside itself lies there. @returns what it exports */
function run(name, code) {
  const vm = require("node:vm");
  const filename = path.join(root, `${name}.js`);
  const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const compiled = compiledAt(name, code);
  const cachedData = read(compiled);
  const wrapped = `(function (require, module, exports, __filename, __dirname) {\n${code}\n})`;
  const script = new vm.Script(wrapped, { filename, importModuleDynamically, cachedData });
  if (cachedData === undefined || script.cachedDataRejected)
    process.once("exit", () => keep(name, script, compiled));
  const module = { exports: {} };
  const require_ = require("node:module").createRequire(filename);
  script.runInThisContext()(require_, module, module.exports, filename, root);
  return module.exports;
}

/** Where the compiler's work is kept, a quarter of the start. Named by the text: V8 itself compares only its length. */
function compiledAt(name, code) {
  const digest = require("node:crypto").createHash("sha256").update(code).digest("hex");
  return path.join(directory, `${name}-${digest.slice(0, 32)}.compiled`);
}

function read(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Several processes may do so at once; where nothing can be written, the next start compiles again. */
function keep(name, script, file) {
  const aside = `${file}.${process.pid}`;
  try {
    const mine = (one) => one.startsWith(`${name}-`) && one.endsWith(".compiled");
    const former = fs.readdirSync(directory).filter(mine);
    fs.writeFileSync(aside, script.createCachedData());
    fs.renameSync(aside, file);
    for (const one of former.filter((other) => other !== path.basename(file)))
      fs.rmSync(path.join(directory, one), { force: true });
  } catch {
    return;
  }
}

/**
 * What an entry exports, from its kept bundle, made anew by a process of its own where it is old.
 *
 * @returns undefined where no bundle can be made: run the sources themselves
 */
function loadKept(name, entry) {
  const { spawnSync } = require("node:child_process");
  const code = keptCode(name);
  if (code !== undefined) return run(name, code);
  spawnSync(process.execPath, [__filename, name, entry], { stdio: "ignore", timeout: 60_000 });
  const made = keptCode(name);
  return made === undefined ? undefined : run(name, made);
}

module.exports = { root, keptCode, newCode, run, loadKept };

if (require.main === module) {
  const [, , name, entry] = process.argv;
  newCode(name, entry).catch(() => process.exit(1));
}
