import projectConfig from '../../../jest.config.js';

/** A run that starts a process of each kind and waits to be interrupted: see ../interrupted-run.test.ts. */
export default async function config() {
  const { projects } = await projectConfig();
  const { displayName, ...servers } = projects.find(({ displayName }) => displayName === 'servers');
  return {
    ...servers,
    rootDir: '../../..',
    testMatch: ['<rootDir>/test/tools/interrupted-run/waits.ts'],
  };
}
