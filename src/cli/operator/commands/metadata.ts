import { readFile } from "node:fs/promises";
import process from "node:process";
import type { Command } from "commander";
import { Argument, Option } from "commander";
import { METADATA_PARTITION } from "../cluster-facts.ts";
import {
  commandGroup,
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
  withConfirmation,
} from "../operator-command.ts";
import { OperatorError, usageError } from "../operator-error.ts";
import { formatNode, formatNodes, parseCount } from "../operator-values.ts";
import type { DocumentReply, StatusReply } from "../replies.ts";
import { type Cell, renderTable } from "../table.ts";

/** `stet metadata` */
export function metadataCommands(environment: OperatorEnvironment): Command {
  return commandGroup("metadata", "the documents that describe the cluster, and who keeps them", [
    getCommand(environment),
    putCommand(environment),
    listCommand(environment),
    statusCommand(environment),
  ]);
}

/** The contents of a document: as the node decoded it, as JSON or text, or as they are. */
export function readableContents({ value, base64 }: DocumentReply): unknown {
  if (value !== undefined) return value;
  const bytes = Buffer.from(base64 ?? "", "base64");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return JSON.parse(text);
  } catch {
    return { base64: base64 ?? "" };
  }
}

/** The members of the metadata group, one line each. */
export function renderMetadataMembers({ nodes, metadata }: StatusReply): string {
  const members = formatNodes([...(metadata?.voters ?? []), ...(metadata?.learners ?? [])]);
  return renderTable(
    [
      "NODE",
      "STATUS",
      "LEADER",
      "MEMBERS",
      "APPLIED",
      "COMMITTED",
      "TERM",
      "LOG-LENGTH",
      "SNAP-INDEX",
      "LOG-TERM",
      "LAST",
    ],
    nodes.map(({ nodeId, report }): Cell[] => {
      const replica = report?.replicas.find(
        ({ partitionId }) => partitionId === METADATA_PARTITION,
      );
      if (replica === undefined) return [formatNode(nodeId), "Unreachable"];
      const isLearner = metadata?.learners.includes(nodeId) === true;
      const isLeader = replica.role === "leader";
      return [
        formatNode(nodeId),
        isLeader ? "Leader" : isLearner ? "Learner" : "Voter",
        formatNode(replica.leaderNode),
        members,
        replica.applied,
        replica.commit,
        replica.term,
        replica.lastIndex - replica.firstIndex + 1,
        replica.firstIndex - 1,
        replica.lastTerm,
        replica.lastIndex,
      ];
    }),
  );
}

function getCommand(environment: OperatorEnvironment): Command {
  const command = withKey(operatorCommand("get", "print a document as JSON"));
  return runs<KeyOptions>(command, environment, async (run) => {
    const name = keyOf(run);
    const document = await run.client.call<DocumentReply>("metadata.get", { name });
    if (document.version === 0) {
      throw new OperatorError("NOT_FOUND", `There is no document "${name}"`);
    }
    const value = readableContents(document);
    const { version } = document;
    run.report({ name, version, value }, () => JSON.stringify(value, undefined, 2));
    return 0;
  });
}

interface PutOptions extends KeyOptions {
  readonly version: string;
  readonly file: string;
  readonly binary?: true;
  readonly dryRun?: true;
}

function putCommand(environment: OperatorEnvironment): Command {
  const command = withConfirmation(
    withKey(operatorCommand("put", "replace a document; a mistake here can end the cluster")),
  )
    .requiredOption("--version <version>", "version that is replaced; 0 for a new document")
    .requiredOption(
      "--file <path>",
      "file with the contents, in JSON as printed by get; - is stdin",
    )
    .option("--binary", "write the bytes of the file as they are")
    .option("--dry-run", "only compare the version and check the contents");
  return runs<PutOptions>(command, environment, async (run) => {
    const { options } = run;
    const name = keyOf(run);
    const version = parseCount(options.version, { min: 0, name: "version" });
    const contents = await readContents(options.file);
    const body =
      options.binary === true
        ? { base64: contents.toString("base64") }
        : { value: parseJson(contents.toString("utf8"), options.file) };
    const request = { name, version, ...body };
    const isDryRun = options.dryRun === true;
    if (!isDryRun) {
      await run.confirm(`Version ${version} of "${name}" is replaced on all nodes.`, name);
    }
    const reply = await run.client.call<{ version: number }>("metadata.put", {
      ...request,
      isDryRun,
    });
    const done = isDryRun ? "would be written" : `is at version ${reply.version}`;
    run.report({ name, version: reply.version, isDryRun }, `"${name}" ${done}`);
    return 0;
  });
}

function listCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand("list", "print the names of all documents").addArgument(
    new Argument("[prefix]", "only those that start like this"),
  );
  return runs(command, environment, async (run) => {
    const [prefix = ""] = run.parameters;
    const reply = await run.client.call<{ names: readonly string[] }>("metadata.list", { prefix });
    run.report(reply, reply.names.join("\n"));
    return 0;
  });
}

function statusCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand("status", "show the nodes that keep the metadata").alias(
    "list-servers",
  );
  return runs(command, environment, async (run) => {
    const status = await run.client.call<StatusReply>("cluster.status");
    const { metadata } = status;
    run.report({ metadata }, () => renderMetadataMembers(status));
    return metadata === undefined ? 1 : 0;
  });
}

interface KeyOptions {
  readonly key?: string;
}

function withKey(command: Command): Command {
  return command
    .addArgument(new Argument("[name]", "name of the document"))
    .addOption(new Option("-k, --key <name>", "the same, as an option"));
}

function keyOf({ parameters, options }: OperatorRun<KeyOptions>): string {
  const name = parameters[0] ?? options.key;
  if (name !== undefined && name !== "") return name;
  throw usageError('Which document? "stet metadata list" shows their names');
}

async function readContents(path: string): Promise<Buffer> {
  try {
    if (path !== "-") return await readFile(path);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    throw usageError(`Cannot read "${path}": ${(error as Error).message}`);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw usageError(`"${path}" is no JSON: ${reason}. Give other contents with --binary`);
  }
}
