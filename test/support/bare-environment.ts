/**
 * The environment of a program of ours that is started from its sources: nothing of the test run's own, apart from where programs are
 * and where what is compiled is kept (`test/main.ts`).
 */
export const bareEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};
