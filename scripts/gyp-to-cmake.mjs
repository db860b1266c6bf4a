#!/usr/bin/env node
// What prebuildify runs in place of node-gyp; prebuild.mjs tells it where CMake leaves the addon.
import { buildNative } from './native-build.mjs';

buildNative({ arch: process.env.PREBUILD_ARCH });
