#!/usr/bin/env -S node --import tsx
// Runs the sources without a build.
import {main} from '../src/main.ts';

process.env.NODE_ENV = 'development';
await main(process.argv.slice(2));
