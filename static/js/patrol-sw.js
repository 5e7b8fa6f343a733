/* 巡查页的外壳：断网时还能打开正在走的那一轮。只管 /patrol/ 的页面和静态文件，别的一律走网络。 */
"use strict";

const FILES = "patrol-files-1";
const PAGES = "patrol-pages-";
const PATIENCE = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/* 页面装好后告诉我们：谁在用、哪一页、用到哪些文件。换了人，就丢掉上一个人的页面。 */
self.addEventListener("message", (event) => {
  const { user, page, files } = event.data || {};
  if (user) event.waitUntil(keep(user, page, files || []));
});

async function keep(user, page, files) {
  for (const name of await caches.keys()) {
    if (name.startsWith(PAGES) && name !== PAGES + user) await caches.delete(name);
  }
  const shelf = await caches.open(FILES);
  for (const url of files) {
    if (!(await shelf.match(url))) await shelf.add(url).catch(() => undefined);
  }
  const answer = await fetch(page, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  if (answer && answer.ok) await (await caches.open(PAGES + user)).put(page, answer);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && /^\/patrol\/\d+\/$/.test(url.pathname)) {
    event.respondWith(page(event.request, url.pathname));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(file(event.request));
  }
});

async function page(request, path) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
  const online = fetch(request).catch(() => null);
  const answer = (await Promise.race([online, late])) || (await kept(path)) || (await online);
  if (!answer) return Response.error();
  if (answer.ok && answer.type === "basic" && !answer.redirected) await remember(path, answer.clone());
  return answer;
}

async function kept(path) {
  for (const name of await caches.keys()) {
    const found = name.startsWith(PAGES) && (await (await caches.open(name)).match(path));
    if (found) return found;
  }
  return null;
}

async function remember(path, answer) {
  for (const name of await caches.keys()) {
    if (name.startsWith(PAGES)) await (await caches.open(name)).put(path, answer.clone());
  }
}

/* 文件名带指纹的先看手边有没有；不带的先问网络。 */
async function file(request) {
  const shelf = await caches.open(FILES);
  const held = await shelf.match(request);
  if (held && /\.[0-9a-f]{8,}\.\w+$/.test(new URL(request.url).pathname)) return held;
  const answer = await fetch(request).catch(() => null);
  if (answer && answer.ok) await shelf.put(request, answer.clone());
  return answer || held || Response.error();
}
