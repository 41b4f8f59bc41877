// What the bots share: a web server for the shop's news, a list of what was heard, and a report.
//
// A bot is told by TROCO_BOT (JSON) who it is and where it listens. It says "ready" when it
// listens, begins when a customer writes, says "done" when it has sent everything, and ends with
// its report when a customer writes "fim". Each of these is one line of JSON.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import http from "node:http";

// Node 18 has it under another name.
globalThis.crypto ??= webcrypto;

export const given = JSON.parse(process.env.TROCO_BOT);

const heard = [];
const answers = {};
let waiting = [];

/** Keep what a library's own handler made of a piece of news. */
export function hear(what) {
    heard.push(what);
    waiting = waiting.filter(({ wanted, found }) => !(wanted(what) && (found(what), true)));
}

/** Wait for news; what was heard before counts. */
export function heardLike(wanted) {
    const known = heard.find(wanted);
    if (known) return Promise.resolve(known);
    return new Promise((found) => waiting.push({ wanted, found }));
}

/** Make one call of the library under test, and keep its answer or its refusal. */
export async function ask(name, call) {
    try {
        answers[name] = await call();
    } catch (error) {
        answers[name] = { refused: error.code ?? String(error), details: error.details };
    }
    return answers[name];
}

/** Return a sample of the test's by its name. */
export async function sample(name) {
    return readFile(`${given.samples}/${name}`);
}

/** Listen, let the bot talk, and report. `answerGet` and `answerPost` are the library's own. */
export async function run({ answerGet, answerPost, talk }) {
    const server = http.createServer(async (request, response) => {
        const answered = request.method === "GET" ? answerGet : answerPost;
        let [status, body] = [500, ""];
        try {
            [status, body] = await answered(request);
        } catch (error) {
            say({ at: "broken", error: String(error) });
        }
        response.writeHead(status, { "Content-Type": "text/plain" }).end(body);
    });
    await new Promise((listening) => server.listen(given.port, "127.0.0.1", listening));
    say({ at: "ready" });
    const first = await heardLike((each) => each.kind === "message");
    await talk(first);
    say({ at: "done", answers });
    await heardLike((each) => each.text === "fim");
    say({ at: "end", heard });
    server.closeAllConnections?.();
    server.close();
}

function say(line) {
    process.stdout.write(`${JSON.stringify(line)}\n`);
}
