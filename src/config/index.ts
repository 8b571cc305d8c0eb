/**
 * The configuration of a node: schema by section, defaults, and the layers of file, environment and
 * flags. Key names are those of the original; units are parsed here, so that inside there are only
 * numbers with the unit in their name.
 *
 * It reads nothing by itself: the caller hands over the environment and a function that reads the
 * file, once, and passes the result down in pieces.
 */
export type { FeatureConfiguration, StetConfiguration } from "./configuration.ts";
export { ConfigurationError } from "./configuration-error.ts";
export { dumpConfiguration } from "./dump.ts";
export type { ListenerConfiguration } from "./listener.ts";
export type { LoadedConfiguration } from "./load.ts";
export { loadConfiguration } from "./load.ts";
