import type { Ipam, MadeNetwork } from "../../../job/job.ts";
import type { Rejection } from "../../engine.ts";
import type { Docker } from "../connect.ts";
import { expectStatus, isRefusal, messageOf, unexpected } from "../status.ts";
import { RUN_LABELS } from "./run-labels.ts";

/**
 * Creates the networks that do not exist, in the name of the instance; an existing one is used as it is, whatever
 * created it. Returns the refusal, if the engine refuses one.
 */
export async function makeNetworks(
  { docker, instance }: { readonly docker: Docker; readonly instance: string },
  networks: readonly MadeNetwork[],
  defaultDriver: string,
): Promise<Rejection | undefined> {
  for (const network of networks) {
    const path = `/networks/${encodeURIComponent(network.name)}`;
    const found = await docker.call({ method: "GET", path });
    if (expectStatus(found, `inspect network ${network.name}`, 200, 404).status === 200) continue;
    const body = networkBody(network, instance, defaultDriver);
    const answer = await docker.call({ method: "POST", path: "/networks/create", body, deadlineMs: 60_000 });
    // 409: something else has just created it.
    if (answer.status === 201 || answer.status === 409) continue;
    if (!isRefusal(answer) && answer.status !== 403) throw unexpected(answer, `create network ${network.name}`);
    return { kind: "rejected", reason: "bad-definition", message: `network ${network.name}: ${messageOf(answer)}` };
  }
  return undefined;
}

/** As Compose creates it. */
function networkBody(network: MadeNetwork, instance: string, defaultDriver: string): object {
  const { name, driver, options, labels, internal, attachable, ipv6, ipam } = network;
  return {
    Name: name,
    // Without it an engine from before API 1.44 would create a second network of that name.
    CheckDuplicate: true,
    Driver: driver ?? defaultDriver,
    Internal: internal,
    Attachable: attachable,
    EnableIPv6: ipv6,
    Options: options,
    Labels: { ...labels, [RUN_LABELS.instance]: instance },
    ...(ipam && { IPAM: writeIpam(ipam) }),
  };
}

function writeIpam({ driver, options, pools }: Ipam): object {
  return {
    Driver: driver ?? "default",
    Options: options,
    Config: pools.map(({ subnet, ipRange, gateway, reserved }) => ({
      ...(subnet !== undefined && { Subnet: subnet }),
      ...(ipRange !== undefined && { IPRange: ipRange }),
      ...(gateway !== undefined && { Gateway: gateway }),
      ...(Object.keys(reserved).length > 0 && { AuxiliaryAddresses: reserved }),
    })),
  };
}
