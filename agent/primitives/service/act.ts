/**
 * Starting, stopping and the like: one deed, and the state of the service before and after it.
 */
import { Type } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Risk, RunOutcome } from '../../../protocol/primitive.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { serviceName } from './parameters.ts';
import { serviceManager, serviceStates, startKinds } from './service-manager.ts';
import type { ServiceAct, ServiceContext, ServiceManager, ServiceProperties } from './service-manager.ts';
import type { Static } from 'typebox';

const Changed = Type.Object(
  {
    service: Type.String({ title: 'Service', description: 'Name of the service.' }),
    before: Type.Enum(serviceStates, { title: 'State before', description: 'What it was doing.' }),
    after: Type.Enum(serviceStates, { title: 'State after', description: 'What it is doing now.' }),
    start: Type.Enum(startKinds, { title: 'Start', description: 'Whether it starts with the machine.' }),
    pid: Type.Optional(Type.Integer({ title: 'Process', description: 'Number of its main process.' })),
  },
  { additionalProperties: false },
);
type Changed = Static<typeof Changed>;

function primitive(act: ServiceAct, about: { title: string; description: string; risk: Risk }): AgentPrimitive {
  return defineAgentPrimitive({
    name: `service.${act}`,
    ...about,
    streams: 'none',
    platforms: ['linux', 'win32'],
    params: Type.Object({ service: serviceName }, { additionalProperties: false }),
    result: Changed,
    run: async ({ service }, context) => {
      const manager = serviceManager();
      return manager.ok ? change(manager.value, { service, act }, context) : manager;
    },
  });
}

async function change(manager: ServiceManager, { service, act }: { service: string; act: ServiceAct }, context: ServiceContext): Promise<RunOutcome<Changed>> {
  const before = await manager.properties(service, context);
  if (!before.ok) return before;
  const done = await manager.act(service, act, context);
  const after = await manager.properties(service, context);
  if (!after.ok) return done.ok ? after : done;
  const result = resultOf(before.value, after.value);
  if (!done.ok) return { ...done, result };
  const judged = hold(act, after.value);
  return judged.ok ? success(result) : { ...judged, result };
}

/** A service that fails in the moment after its start was started all the same, says the system. */
function hold(act: ServiceAct, after: ServiceProperties): Outcome<void> {
  const wasStarted = act === 'start' || act === 'restart';
  if (!wasStarted || after.state !== 'failed') return success(undefined);
  return failure('tool-failed', `${after.name} was started and failed at once${after.exitCode === undefined ? '' : ` with exit code ${after.exitCode}`}`);
}

function resultOf(before: ServiceProperties, { name, state, start, pid }: ServiceProperties): Changed {
  return { service: name, before: before.state, after: state, start, ...(pid === undefined ? {} : { pid }) };
}

export const serviceStart = primitive('start', { title: 'Start a service', description: 'Starts a service and waits until the system says that it is up. One that runs already is left as it is.', risk: 'change' });
export const serviceStop = primitive('stop', { title: 'Stop a service', description: 'Stops a service and waits until it has ended. Whatever needs it ends too.', risk: 'disrupt' });
export const serviceRestart = primitive('restart', { title: 'Restart a service', description: 'Stops a service and starts it again; one that does not run is started.', risk: 'change' });
export const serviceEnable = primitive('enable', { title: 'Start a service with the machine', description: 'From now on the service starts when the machine starts. It is not started now.', risk: 'change' });
export const serviceDisable = primitive('disable', { title: 'Do not start a service with the machine', description: 'From now on the service does not start when the machine starts. It is not stopped now.', risk: 'change' });
