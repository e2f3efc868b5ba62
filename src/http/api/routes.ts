import type { ApiRoute } from "./api-route.ts";
import { changeRoutes } from "./changes.ts";
import { checkRoutes } from "./check.ts";
import { documentRoutes } from "./document.ts";
import { forecastRoutes } from "./forecast.ts";
import { groupRoutes } from "./groups.ts";
import { jobRoutes } from "./jobs.ts";
import { noticeRoutes } from "./notices.ts";
import { operateRoutes } from "./operate.ts";
import { outputRoutes } from "./output.ts";
import { runRoutes } from "./runs.ts";
import { schedulerRoutes } from "./scheduler.ts";
import { startRoutes } from "./start.ts";

/** The addresses of the JSON API. */
export const apiRoutes: readonly ApiRoute[] = [
  ...schedulerRoutes,
  ...jobRoutes,
  ...groupRoutes,
  ...runRoutes,
  ...outputRoutes,
  ...forecastRoutes,
  ...changeRoutes,
  ...startRoutes,
  ...operateRoutes,
  ...noticeRoutes,
  ...checkRoutes,
  ...documentRoutes,
];
