import type { ChannelKind } from "../channel.ts";
import { alertmanager } from "./alertmanager.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { gotify } from "./gotify.ts";
import { matrix } from "./matrix.ts";
import { ntfy } from "./ntfy.ts";
import { pagerduty } from "./pagerduty.ts";
import { slack } from "./slack.ts";
import { teams } from "./teams.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

/** All kinds of channel, in the order of the documentation. */
export const channelKinds: readonly ChannelKind[] = [
  webhook,
  slack,
  discord,
  teams,
  ntfy,
  gotify,
  telegram,
  matrix,
  pagerduty,
  email,
  alertmanager,
];
