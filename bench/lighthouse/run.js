// Loads one page once, as Lighthouse's phone, in a Chromium of its own; what it found goes out as one line of JSON.
// Comes in on standard input: {url, shows, cookies: [{name, value}], chromium, flags}.
import {text} from "node:stream/consumers";
import {launch} from "chrome-launcher";
import lighthouse, {Audit, Gatherer, defaultConfig} from "lighthouse";

const job = JSON.parse(await text(process.stdin));
const NUMBERS = [
  "first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift",
  "speed-index", "total-byte-weight",
];

// Whether the page that was measured was the whole page: not a skeleton, not the sign-in page.
class Shown extends Gatherer {
  meta = {supportedModes: ["navigation"]};

  async getArtifact({driver}) {
    const seen = `!!document.querySelector(${JSON.stringify(job.shows)})?.checkVisibility()`;
    return await driver.executionContext.evaluateAsync(seen);
  }
}

class ShownAudit extends Audit {
  static get meta() {
    return {
      id: "shown", title: "Shown", failureTitle: "Not shown", description: "The page was all there.",
      requiredArtifacts: ["Shown"], supportedModes: ["navigation"],
    };
  }

  static audit({Shown}) {
    return {score: Number(Shown)};
  }
}

async function bringCookies(webSocketDebuggerUrl) {
  const socket = new WebSocket(webSocketDebuggerUrl);
  await new Promise((resolve, reject) => Object.assign(socket, {onopen: resolve, onerror: reject}));
  const answered = new Promise((resolve, reject) => Object.assign(socket, {onmessage: resolve, onclose: reject}));
  const cookies = job.cookies.map(cookie => ({...cookie, url: job.url}));
  socket.send(JSON.stringify({id: 1, method: "Storage.setCookies", params: {cookies}}));
  const {error} = JSON.parse((await answered).data);
  socket.close();
  if (error) throw new Error(error.message);
}

function told({lhr}, chromium) {
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
  const failed = Object.values(lhr.categories).flatMap(({id, auditRefs}) => auditRefs
    .filter(({id: audit, weight}) => id !== "performance" && weight && lhr.audits[audit].score === 0)
    .map(({id: audit}) => lhr.audits[audit].title));
  return {
    version: lhr.lighthouseVersion,
    chromium,
    benchmark: lhr.environment.benchmarkIndex,
    address: lhr.finalDisplayedUrl,
    shown: lhr.audits.shown.score === 1,
    scores: Object.fromEntries(Object.values(lhr.categories).map(({id, score}) => [id, Math.round(score * 100)])),
    numbers: Object.fromEntries(NUMBERS.map(name => [name, lhr.audits[name].numericValue])),
    stylesheets: lhr.audits["network-requests"].details.items
      .filter(item => item.resourceType === "Stylesheet").map(item => item.url),
    failed,
  };
}

const config = {
  ...defaultConfig,
  settings: {...defaultConfig.settings, onlyCategories: ["performance", "accessibility", "best-practices"]},
  artifacts: [...defaultConfig.artifacts, {id: "Shown", gatherer: {implementation: Shown}}],
  audits: [...defaultConfig.audits, {implementation: ShownAudit}],
};
config.categories = {
  ...defaultConfig.categories,
  performance: {
    ...defaultConfig.categories.performance,
    auditRefs: [...defaultConfig.categories.performance.auditRefs, {id: "shown", weight: 0, group: "hidden"}],
  },
};
const chrome = await launch({
  chromePath: job.chromium, chromeFlags: ["--headless=new", ...job.flags], logLevel: "silent",
});
try {
  const browser = await (await fetch(`http://127.0.0.1:${chrome.port}/json/version`)).json();
  if (job.cookies.length) await bringCookies(browser.webSocketDebuggerUrl);
  const found = await lighthouse(job.url, {port: chrome.port, logLevel: "silent"}, config);
  process.stdout.write(JSON.stringify(told(found, browser.Browser.replace("/", " "))) + "\n");
} finally {
  chrome.kill();
}
