export { ExitCode, exitCodeOf } from "../components/exitCode";
