#!/usr/bin/env node
// What prebuildify runs in place of node-gyp: it sets PREBUILD_ARCH and expects the one addon in build/Release.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

rmSync(new URL('../build/', import.meta.url), { recursive: true, force: true });
const build = new URL('./native-build.mjs', import.meta.url);
process.argv = [process.argv[0], fileURLToPath(build)];
await import(build.href);
