/** The text of a cluster's file, or of standard input as "-", and the cluster that it describes. */
import { readFileSync } from "node:fs";
import {
  buildCluster,
  type BuildOptions,
  type Cluster,
  type ClusterFile,
  ClusterFileError,
  type ClusterFileOptions,
  parseClusterFile,
} from "../kubernetes/index.ts";
import { Failure } from "./errors.ts";
import { fileReason } from "./file-reason.ts";
import { waitForPipe } from "./pipe-wait.ts";

const STANDARD_INPUT = 0;

/** Reads and parses it. @throws Failure, one line that names the file */
export function readClusterFile(path: string, options: ClusterFileOptions = {}): ClusterFile {
  const name = sourceName(path);
  const text = readText(path, name);
  try {
    return parseClusterFile(text, name, options);
  } catch (error) {
    throw error instanceof ClusterFileError ? failureOf(error) : error;
  }
}

/** Each line of the error on a line of its own. */
export function failureOf({ message }: ClusterFileError): Failure {
  const [first = "", ...others] = message.split("\n");
  return new Failure(first, others);
}

/**
 * Reads and builds it; what was left out is in the findings. @throws Failure, one line, for a file that cannot be a
 * cluster, or whose pods without addresses find no room
 */
export function loadCluster(
  path: string,
  options: ClusterFileOptions = {},
  build: BuildOptions = {},
): { readonly cluster: Cluster; readonly file: ClusterFile } {
  const file = readClusterFile(path, options);
  try {
    return { cluster: buildCluster(file.specification, build), file };
  } catch (error) {
    throw error instanceof RangeError ? new Failure(`${sourceName(path)}: ${error.message}`) : error;
  }
}

/** The text of a file, or of standard input as "-", and what messages call it. @throws Failure */
export function readSource(path: string): { readonly text: string; readonly name: string } {
  const name = sourceName(path);
  return { text: readText(path, name), name };
}

function sourceName(path: string): string {
  return path === "-" ? "standard input" : path;
}

/** PowerShell writes UTF-16 with a byte order mark when output is redirected. */
function readText(path: string, name: string): string {
  const bytes = readBytes(path, name);
  const isUtf16 = bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new Failure(`${name}: expected text in UTF-8, found other bytes`);
  }
}

function readBytes(path: string, name: string): Uint8Array {
  if (path === "") throw new Failure("expected a file that can be read, found an empty name");
  for (;;) {
    try {
      return readFileSync(path === "-" ? STANDARD_INPUT : path);
    } catch (error) {
      if (!waitForPipe(error))
        throw new Failure(`expected a file that can be read, found ${name}: ${fileReason(error)}`);
    }
  }
}
