/**
 * A program: a name server at the address that it is given, which knows no name and says so at once. Without it, who looks
 * up what does not exist in a container's own network would wait for 20 s: an engine that is refused answers nothing.
 */
import { createSocket } from "node:dgram";

const headerBytes = 12;
const isAnswer = 0x8180;
const noSuchName = 3;

const server = createSocket("udp4");
server.on("message", (question, { port, address }) => server.send(answerTo(question), port, address));
server.bind(53, process.argv[2]);

/** The question again, without what may follow it, and with the answer that there is no such name. */
function answerTo(question: Buffer): Buffer {
  const nameEnd = question.indexOf(0, headerBytes) + 1;
  const answer = Buffer.from(question.subarray(0, nameEnd + 4));
  answer.writeUInt16BE(isAnswer | noSuchName, 2);
  answer.writeUInt16BE(1, 4); // one question
  answer.fill(0, 6, headerBytes); // no answers, no authorities, nothing else
  return answer;
}
