import { batchedImport } from './batchedImport.ts';
import { batchedQueries } from './batchedQueries.ts';
import { cacheWarming } from './cacheWarming.ts';
import { cluster } from './cluster.ts';
import { columnProjection } from './columnProjection.ts';
import { compiledJson } from './compiledJson.ts';
import { compression } from './compression.ts';
import { connectionPool } from './connectionPool.ts';
import { cursorStream } from './cursorStream.ts';
import { denormalizedRating } from './denormalizedRating.ts';
import { fragmentCache } from './fragmentCache.ts';
import { fullTextSearch } from './fullTextSearch.ts';
import { heapSettings } from './heapSettings.ts';
import { http2 } from './http2.ts';
import { httpCache } from './httpCache.ts';
import { indexes } from './indexes.ts';
import { keptCounts } from './keptCounts.ts';
import { keysetPaging } from './keysetPaging.ts';
import { linearRelated } from './linearRelated.ts';
import { memcachedSessions } from './memcachedSessions.ts';
import { memoryCache } from './memoryCache.ts';
import { nginxBalancing } from './nginxBalancing.ts';
import { nginxStatic } from './nginxStatic.ts';
import { parallelAwaits } from './parallelAwaits.ts';
import { precompiledTemplates } from './precompiledTemplates.ts';
import { precompressedStatic } from './precompressedStatic.ts';
import { preparedStatements } from './preparedStatements.ts';
import { queryRewriting } from './queryRewriting.ts';
import { queuedEmail } from './queuedEmail.ts';
import { queuedImport } from './queuedImport.ts';
import { queuedReport } from './queuedReport.ts';
import { redisCache } from './redisCache.ts';
import { redisSessions } from './redisSessions.ts';
import { streamedAnswers } from './streamedAnswers.ts';
import { threadPool } from './threadPool.ts';
import { upstreamKeepalive } from './upstreamKeepalive.ts';
import { viewCache } from './viewCache.ts';

/** Every switch of the shop, in the order in which one would try them. */
export const optimizations = [
  indexes,
  connectionPool,
  batchedQueries,
  columnProjection,
  preparedStatements,
  keysetPaging,
  keptCounts,
  denormalizedRating,
  queryRewriting,
  fullTextSearch,
  cursorStream,
  batchedImport,
  linearRelated,
  compiledJson,
  streamedAnswers,
  parallelAwaits,
  redisCache,
  memoryCache,
  precompiledTemplates,
  viewCache,
  fragmentCache,
  httpCache,
  memcachedSessions,
  redisSessions,
  queuedEmail,
  queuedImport,
  queuedReport,
  cacheWarming,
  cluster,
  nginxBalancing,
  upstreamKeepalive,
  threadPool,
  heapSettings,
  compression,
  precompressedStatic,
  nginxStatic,
  http2,
] as const;

export type OptimizationName = (typeof optimizations)[number]['name'];
export const optimizationNames: readonly OptimizationName[] = optimizations.map(({ name }) => name);
