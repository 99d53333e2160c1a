import { version } from "@pulumi/command/package.json";
import { serveProvider } from "../rpc/providerServer";
import { CommandProvider } from "./commandProvider";

serveProvider(new CommandProvider(version));
