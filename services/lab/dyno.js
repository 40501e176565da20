#!/usr/bin/env node
import '../../scripts/dyno.js';
