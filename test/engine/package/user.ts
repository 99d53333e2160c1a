import { type ComponentScene, componentScene } from "../../support/componentScene";
import { InstalledPackage } from "../../support/installedPackage";

/** A user: the package installed into an empty project, and files to use it on. Made once for all that is proven. */
export class User {
  readonly scene: ComponentScene = componentScene();
  #installed: InstalledPackage | undefined;

  /** Packs and installs, which takes longest. */
  async install(): Promise<void> {
    this.#installed = await InstalledPackage.make();
  }

  get installed(): InstalledPackage {
    if (this.#installed === undefined) throw new Error("the package is not installed");
    return this.#installed;
  }

  async remove(): Promise<void> {
    this.scene.remove();
    await this.#installed?.remove();
  }
}
