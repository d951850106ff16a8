import { destination, pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * Structured log on standard error; standard output is for the process's own announcements.
 * Callers log codes, ids and durations, never file names, bodies, queries or header values.
 */
export function createLogger(service: string, level: LogLevel): Logger {
  return pino(
    { base: { service }, level, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ fd: 2, sync: false }),
  );
}
