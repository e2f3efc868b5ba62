/** A program for the tests: starts an engine with a container, says so, and waits to be killed without taking it down. */
import { startEngine } from "./engine.ts";
import { ensureImages } from "./images.ts";

const engine = await startEngine({ name: process.argv[2] ?? "abandoned" });
await ensureImages(engine, ["busybox:latest"]);
await engine.docker("network", "create", "inside");
await engine.docker("run", "--detach", "--network", "inside", "busybox", "sleep", "600");
process.send?.(engine.record);
process.once("disconnect", () => {}); // to be listening for that keeps this process alive until its starter is gone
