import { version } from "@pulumi/kubernetes/package.json";
import { serveProvider } from "../rpc/providerServer";
import { KubernetesProvider } from "./kubernetesProvider";

serveProvider(new KubernetesProvider(version));
