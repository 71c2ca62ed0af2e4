/**
 * In CI properties try the same cases every time, so that what fails there is the change; elsewhere each run tries
 * new ones, and a failure prints the seed that repeats it.
 */
import fc from "fast-check";

const CI_SEED = 20_260_101;

if (process.env["CI"] === "true") fc.configureGlobal({ seed: CI_SEED });
