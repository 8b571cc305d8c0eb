// Health of the node in this container, as an exit code: 0 while `/health` of the node port answers
// 200. The port is that of the configuration, as far as the environment says it.
import { get } from "node:http";
import process from "node:process";

const TIMEOUT_MS = 4_000;
const DEFAULT_PORT = 5_122;

function nodePort({ STET_BIND_ADDRESS, STET_BIND_PORT, RESTATE_BIND_ADDRESS, RESTATE_BIND_PORT }) {
  const address = STET_BIND_ADDRESS ?? RESTATE_BIND_ADDRESS;
  const port =
    address === undefined ? (STET_BIND_PORT ?? RESTATE_BIND_PORT) : address.split(":").pop();
  return Number(port ?? DEFAULT_PORT);
}

const options = { host: "127.0.0.1", port: nodePort(process.env), path: "/health" };
const request = get({ ...options, timeout: TIMEOUT_MS }, (response) => {
  response.pipe(process.stdout);
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
request.on("error", (error) => {
  process.stderr.write(`Cannot ask port ${options.port}: ${error.message}\n`);
  process.exitCode = 1;
});
