/* 巡查的待传队列：先写进这台设备（IndexedDB），再传到服务器；断网、刷新、关页、登录过期都不丢。
   每条记录和每张照片有设备自己编的号，重传不会多出一条。一人一队，不混。 */
(function () {
  "use strict";

  const USER = document.body.getAttribute("data-user");
  const NAME = "mingchuang-patrol";
  const SLOWEST = 60000;
  const KEEP_SENT = 3 * 24 * 3600 * 1000;
  const listeners = [];
  let database = null;
  let busy = false;
  let more = false;
  let sendingCount = 0;
  let asksLogin = false;
  let unreachable = false;
  let wait = 2000;
  let timer = 0;

  if (!USER || !window.indexedDB || !window.fetch || !window.crypto) return;

  /* ---------- 存储 ---------- */
  function open() {
    return new Promise(function (resolve, reject) {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = function () {
        const db = request.result;
        db.createObjectStore("items", { keyPath: "uuid" });
        db.createObjectStore("drafts", { keyPath: "key" });
        db.createObjectStore("photos", { keyPath: "uuid" }).createIndex("owner", "owner");
      };
      request.onsuccess = function () { resolve(request.result); };
      request.onerror = function () { reject(request.error); };
    });
  }

  /* act(store…) 里只做同步的读写；返回的请求完成后，整个事务一起落盘。 */
  function within(stores, mode, act) {
    return new Promise(function (resolve, reject) {
      const transaction = database.transaction(stores, mode);
      const request = act.apply(null, stores.map(function (name) { return transaction.objectStore(name); }));
      transaction.oncomplete = function () { resolve(request && request.result); };
      transaction.onerror = transaction.onabort = function () { reject(transaction.error); };
    });
  }

  function all() {
    return within(["items"], "readonly", function (items) { return items.getAll(); }).then(function (items) {
      return items.filter(function (item) { return item.user === USER; }).sort(function (a, b) { return a.at - b.at; });
    });
  }

  function waitingOf(items) {
    return items.filter(function (item) { return item.state !== "sent"; });
  }

  function get(uuid) {
    return within(["items"], "readonly", function (items) { return items.get(uuid); });
  }

  /* 读出、改、写回在一个事务里：传送和撤销不会互相盖掉。 */
  function change(uuid, edit) {
    return within(["items"], "readwrite", function (items) {
      items.get(uuid).onsuccess = function (event) {
        const item = event.target.result;
        if (!item) return;
        edit(item);
        items.put(item);
      };
    });
  }

  function photosOf(owner) {
    return within(["photos"], "readonly", function (photos) { return photos.index("owner").getAll(owner); })
      .then(function (found) { return found.sort(function (a, b) { return a.order - b.order; }); });
  }

  function keepPhoto(photo) {
    return within(["photos"], "readwrite", function (photos) { photos.put(photo); });
  }

  function dropPhoto(uuid) {
    return within(["photos"], "readwrite", function (photos) { photos.delete(uuid); });
  }

  function replacePhoto(uuid, blob) {
    return within(["photos"], "readwrite", function (photos) {
      photos.get(uuid).onsuccess = function (event) {
        const photo = event.target.result;
        if (photo) photos.put(Object.assign(photo, { blob: blob, raw: false }));
      };
    });
  }

  function keepDraft(draft) {
    return within(["drafts"], "readwrite", function (drafts) { drafts.put(draft); });
  }

  function draftOf(key) {
    return within(["drafts"], "readonly", function (drafts) { return drafts.get(key); });
  }

  function dropDraft(key) {
    return within(["drafts", "photos"], "readwrite", function (drafts, photos) {
      drafts.delete(key);
      eachOwned(photos, key, function (cursor) { cursor.delete(); });
    });
  }

  function eachOwned(photos, owner, act) {
    photos.index("owner").openCursor(IDBKeyRange.only(owner)).onsuccess = function (event) {
      const cursor = event.target.result;
      if (!cursor) return;
      act(cursor);
      cursor.continue();
    };
  }

  /* 记下一条：写进队列，草稿的照片归它，草稿清掉，一次完成。 */
  function add(item, draftKey) {
    const kept = Object.assign({ user: USER, state: "waiting", error: "", visit: null, undo: false }, item);
    return within(["items", "drafts", "photos"], "readwrite", function (items, drafts, photos) {
      items.put(kept);
      drafts.delete(draftKey);
      eachOwned(photos, draftKey, function (cursor) {
        cursor.update(Object.assign(cursor.value, { owner: kept.uuid }));
      });
    }).then(changed).then(function () { kick(); });
  }

  function remove(uuid) {
    return within(["items", "photos"], "readwrite", function (items, photos) {
      items.delete(uuid);
      eachOwned(photos, uuid, function (cursor) { cursor.delete(); });
    }).then(changed);
  }

  function undo(uuid) {
    return change(uuid, function (item) { item.undo = true; item.state = "waiting"; })
      .then(changed).then(function () { kick(); });
  }

  function newUuid() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const hex = Array.from(b, function (n) { return (n + 256).toString(16).slice(1); }).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* ---------- 传送 ---------- */
  function cookie(name) {
    const found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found ? decodeURIComponent(found[1]) : "";
  }

  function Stop(kind, words) { this.kind = kind; this.words = words; }

  async function post(url, body) {
    const headers = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") };
    if (!(body instanceof FormData)) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(body);
    }
    let response;
    try {
      response = await fetch(url, { method: "POST", headers: headers, body: body, credentials: "same-origin" });
    } catch (error) {
      throw new Stop("network", "");
    }
    if (response.ok) return response.json();
    if (response.status === 401) throw new Stop("login", "");
    if (response.status >= 500 || [408, 425, 429].indexOf(response.status) >= 0) throw new Stop("network", "");
    throw new Stop("refused", await wordsOf(response));
  }

  async function wordsOf(response) {
    try {
      const answer = await response.json();
      const fields = answer.errors ? Object.values(answer.errors) : [];
      return fields.length ? String([].concat(fields[0])[0]) : String(answer.detail);
    } catch (error) {
      return response.status === 413 ? "照片太大，服务器没有收。" : "服务器没有收（" + response.status + "）。";
    }
  }

  async function sendItem(item) {
    if (item.undo && !item.visit) return remove(item.uuid);
    if (!item.visit) {
      const answer = await post(item.url, Object.assign({ device_now: new Date().toISOString() }, item.body));
      item.visit = answer.id;
      item.link = answer.finding ? answer.finding.url : "";
      await change(item.uuid, function (kept) { kept.visit = item.visit; kept.link = item.link; });
    }
    const fresh = await get(item.uuid);
    if (fresh && fresh.undo) return sendUndo(item);
    await sendPhotos(item);
    return change(item.uuid, function (kept) { if (!kept.undo) kept.state = "sent"; });
  }

  async function sendUndo(item) {
    await post(item.url + item.visit + "/undo/", {});
    return remove(item.uuid);
  }

  async function sendPhotos(item) {
    for (const photo of await photosOf(item.uuid)) {
      const form = new FormData();
      const blob = photo.raw ? await shrink(photo.blob, photo.mark).catch(function () { return photo.blob; }) : photo.blob;
      form.append("client_uuid", photo.uuid);
      form.append("taken_at", new Date(photo.at).toISOString());
      form.append("photo", blob, "photo.jpg");
      await post(item.url + item.visit + "/photos/", form);
      await dropPhoto(photo.uuid);
    }
  }

  async function sendAll() {
    const items = waitingOf(await all()).filter(function (item) { return item.state !== "stuck"; });
    asksLogin = false;
    sendingCount = items.length;
    await changed();
    for (const item of items) {
      try {
        await sendItem(item);
        unreachable = false;
        wait = 2000;
      } catch (stop) {
        if (!(stop instanceof Stop)) throw stop;
        if (stop.kind === "refused") {
          await change(item.uuid, function (kept) { kept.state = "stuck"; kept.error = stop.words; });
        } else {
          asksLogin = stop.kind === "login";
          unreachable = !asksLogin;
          break;
        }
      }
      sendingCount -= 1;
      await changed();
    }
    sendingCount = 0;
  }

  function exclusively(work) {
    if (!navigator.locks) return work();
    return navigator.locks.request(NAME + USER, { ifAvailable: true }, function (lock) { return lock ? work() : null; });
  }

  async function kick() {
    if (!database || navigator.onLine === false) return;
    if (busy) { more = true; return; }
    busy = true;
    more = false;
    try {
      if (waitingOf(await all()).some(function (item) { return item.state !== "stuck"; })) await exclusively(sendAll);
    } finally {
      busy = false;
      sendingCount = 0;
      await changed();
    }
    if (more) kick();
    else plan();
  }

  /* 传不出去就隔 2、4、8……60 秒再试。 */
  async function plan() {
    clearTimeout(timer);
    const left = waitingOf(await all()).filter(function (item) { return item.state !== "stuck"; });
    if (!left.length || asksLogin) return;
    timer = setTimeout(kick, wait);
    wait = Math.min(wait * 2, SLOWEST);
  }

  function again() {
    wait = 2000;
    unreachable = false;
    return kick();
  }

  async function retryStuck() {
    for (const item of await all()) {
      if (item.state === "stuck") await change(item.uuid, function (kept) { kept.state = "waiting"; kept.error = ""; });
    }
    return again();
  }

  /* ---------- 照片：重画一遍，最长边 1600，不超过 300 KB，印上窗口和时间；EXIF 随之去掉 ---------- */
  const LONG_EDGE = 1600;
  const MOST_BYTES = 300 * 1024;

  function load(blob) {
    return new Promise(function (resolve, reject) {
      const image = new Image();
      const url = URL.createObjectURL(blob);
      image.onload = function () { URL.revokeObjectURL(url); resolve(image); };
      image.onerror = function () { URL.revokeObjectURL(url); reject(new Error("unreadable")); };
      image.src = url;
    });
  }

  function drawn(image, edge, mark) {
    const scale = Math.min(1, edge / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    const size = Math.max(12, Math.round(canvas.width / 36));
    pen.fillStyle = "rgba(12, 20, 30, .7)";
    pen.fillRect(0, canvas.height - size * 1.8, canvas.width, size * 1.8);
    pen.fillStyle = "#fff";
    pen.font = size + "px sans-serif";
    pen.textBaseline = "middle";
    pen.fillText(mark || "", size / 2, canvas.height - size * 0.9, canvas.width - size);
    return canvas;
  }

  async function shrink(blob, mark) {
    const image = await load(blob);
    for (let edge = LONG_EDGE; ; edge = Math.round(edge * 0.75)) {
      const canvas = drawn(image, edge, mark);
      for (const quality of [0.82, 0.68, 0.52]) {
        const small = await new Promise(function (done) { canvas.toBlob(done, "image/jpeg", quality); });
        if (small && (small.size <= MOST_BYTES || edge < 400)) return small;
      }
    }
  }

  /* ---------- 显示 ---------- */
  function status(items) {
    const waiting = waitingOf(items);
    const stuck = waiting.filter(function (item) { return item.state === "stuck"; }).length;
    if (stuck) return { tone: "bad", icon: "warn", words: stuck + " 条需要处理" };
    if (asksLogin && waiting.length) return { tone: "bad", icon: "lock", words: "请登录，" + waiting.length + " 条待传" };
    if (!navigator.onLine || unreachable) {
      return { tone: "", icon: "offline", words: waiting.length ? "离线，" + waiting.length + " 条待传" : "离线" };
    }
    if (waiting.length) return { tone: "info", icon: "upload", words: "正在传 " + (sendingCount || waiting.length) };
    return { tone: "ok", icon: "check", words: "已同步" };
  }

  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }

  function paint(items) {
    const now = status(items);
    each("[data-sync]", function (pill) {
      pill.hidden = false;
      pill.className = "sync" + (now.tone ? " sync--" + now.tone : "");
      const use = pill.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#i-" + now.icon));
      const words = pill.querySelector("[role=status]");
      if (words.textContent !== now.words) words.textContent = now.words;
    });
    each("[data-offline]", function (notice) { notice.hidden = now.icon !== "offline"; });
    paintDialog(waitingOf(items));
    paintUnsent(waitingOf(items));
  }

  function row(item) {
    const line = document.createElement("li");
    const text = document.createElement("span");
    text.className = "rows__text";
    text.appendChild(document.createElement("strong")).textContent = item.label;
    text.appendChild(document.createElement("small")).textContent =
      item.undo ? "等待撤销" : item.error || new Date(item.at).toLocaleString("zh-CN") + "，等待上传";
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn--sm btn--danger";
    drop.textContent = "删除";
    drop.addEventListener("click", function () {
      if (drop.dataset.sure) { remove(item.uuid); return; }
      drop.dataset.sure = "1";
      drop.textContent = "确定删除";
    });
    line.append(text, drop);
    return line;
  }

  function paintDialog(waiting) {
    const list = document.querySelector("[data-queue]");
    if (!list) return;
    const words = document.querySelector("[data-queue-words]");
    words.textContent = waiting.length
      ? "有 " + waiting.length + " 条存在这台设备上，最早一条 " + new Date(waiting[0].at).toLocaleString("zh-CN") + "。"
      : "都已经传到服务器。";
    if (asksLogin && waiting.length) {
      const link = document.createElement("a");
      link.href = "/login/?next=" + encodeURIComponent(location.pathname + location.search);
      link.textContent = "登录已过期，请重新登录，记录不会丢。";
      words.append(" ", link);
    }
    list.replaceChildren ? list.replaceChildren() : (list.textContent = "");
    waiting.forEach(function (item) { list.appendChild(row(item)); });
  }

  let hadUnsent = false;
  function paintUnsent(waiting) {
    const notice = document.querySelector("[data-unsent]");
    if (!notice) return;
    notice.hidden = !waiting.length;
    document.querySelector("[data-unsent-words]").textContent =
      "还有 " + waiting.length + " 条没有传到服务器：" + waiting.map(function (i) { return i.label; }).join("、") + "。传完再结束。";
    if (hadUnsent && !waiting.length) location.reload();
    hadUnsent = waiting.length > 0;
  }

  async function changed() {
    const items = await all();
    paint(items);
    listeners.forEach(function (listener) { listener(items); });
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-retry]")) retryStuck();
    const dialog = event.target.closest("[data-sync]") && document.getElementById("queue-dialog");
    if (dialog && dialog.showModal) dialog.showModal();
  });
  window.addEventListener("online", again);
  window.addEventListener("offline", changed);
  window.addEventListener("pageshow", again);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) again(); });
  setInterval(function () { if (!asksLogin) kick(); }, 30000);

  /* 已传的留三天：断网打开旧页面时，还能看到哪些窗口查过。 */
  async function tidy() {
    for (const item of await all()) {
      if (item.state === "sent" && Date.now() - item.at > KEEP_SENT) await remove(item.uuid);
    }
  }

  const ready = open().then(function (db) {
    database = db;
    return tidy().then(changed).then(function () { kick(); return true; });
  }).catch(function () { return false; });

  window.mingchuang = Object.assign(window.mingchuang || {}, {
    shrink: shrink,
    queue: {
      ready: ready, user: USER, all: all, add: add, undo: undo, newUuid: newUuid,
      keepDraft: keepDraft, draftOf: draftOf, dropDraft: dropDraft,
      keepPhoto: keepPhoto, dropPhoto: dropPhoto, photosOf: photosOf, replacePhoto: replacePhoto,
      onChange: function (listener) { listeners.push(listener); },
    },
  });
})();
