/** The deployments: how each is prepared and started. What is built stays under `.build/sdk`. */

import { delimiter, join } from "node:path";

const HERE = import.meta.dirname;

/** Where everything that is built or installed goes. */
export const BUILD_FOLDER = join(HERE, "..", "..", ".build", "sdk");

/** A command line with its working directory. */
export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly folder: string;
}

/** One language with the official SDK. */
export interface Language {
  readonly name: string;
  /** Commands that prepare the deployment, in order; they do nothing when all is in place. */
  readonly prepare: readonly Command[];
  /** Serves the deployment as the variables `PORT`, `PROTOCOL_MODE`, `REQUEST_IDENTITY_KEY` say. */
  readonly start: Command;
}

/** Every language of this folder, by name. */
export const LANGUAGES: ReadonlyMap<string, Language> = new Map(
  [python(), go(), java(), rust()].map((language) => [language.name, language]),
);

function python(): Language {
  const folder = join(HERE, "python");
  const environment = join(BUILD_FOLDER, "python");
  const interpreter = join(environment, "bin", "python");
  return {
    name: "python",
    prepare: [
      { program: "python3", parameters: ["-m", "venv", environment], folder },
      {
        program: interpreter,
        parameters: ["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"],
        folder,
      },
    ],
    start: { program: interpreter, parameters: ["deployment.py"], folder },
  };
}

function go(): Language {
  const folder = join(HERE, "go");
  const binary = join(BUILD_FOLDER, "go", "deployment");
  return {
    name: "go",
    prepare: [{ program: "go", parameters: ["build", "-o", binary, "."], folder }],
    start: { program: binary, parameters: [], folder },
  };
}

function java(): Language {
  const folder = join(HERE, "java");
  const target = join(BUILD_FOLDER, "java");
  const classPath = [join(target, "classes"), join(target, "libraries", "*")].join(delimiter);
  return {
    name: "java",
    prepare: [
      {
        program: "mvn",
        parameters: ["--batch-mode", "--quiet", `-Dfolder=${target}`, "package"],
        folder,
      },
    ],
    start: { program: "java", parameters: ["-cp", classPath, "deployment.Main"], folder },
  };
}

function rust(): Language {
  const folder = join(HERE, "rust");
  const target = join(BUILD_FOLDER, "rust");
  return {
    name: "rust",
    prepare: [{ program: "cargo", parameters: ["build", "--target-dir", target], folder }],
    start: { program: join(target, "debug", "deployment"), parameters: [], folder },
  };
}
