/* 遮挡照片：在照片上拖出方框，或用键盘移动；方框和下表的百分比互相跟随。没有脚本时填表也能用。 */
(function () {
  "use strict";

  var form = document.querySelector("[data-mask]");
  if (!form || !window.PointerEvent) return;
  var stage = form.querySelector("[data-mask-stage]");
  var body = form.querySelector("[data-mask-rows]");
  var blank = body.rows[0].cloneNode(true);
  var MOST = 20;
  var SMALLEST = 1;
  var STEP = 1;

  function inputs(row) {
    return ["x", "y", "w", "h"].map(function (name) { return row.querySelector("[name=" + name + "]"); });
  }

  function read(row) {
    return inputs(row).map(function (input) { return parseFloat(input.value); });
  }

  function clamp(value, low, high) {
    return Math.min(Math.max(value, low), high);
  }

  /* 框总在照片里面。 */
  function write(row, place) {
    var w = clamp(place[2], SMALLEST, 100);
    var h = clamp(place[3], SMALLEST, 100);
    var fit = [clamp(place[0], 0, 100 - w), clamp(place[1], 0, 100 - h), w, h];
    inputs(row).forEach(function (input, i) { input.value = String(Math.round(fit[i] * 10) / 10); });
    draw(row);
  }

  function draw(row) {
    var place = read(row);
    var box = row.maskBox;
    box.hidden = place.some(isNaN);
    if (box.hidden) return;
    box.style.left = place[0] + "%";
    box.style.top = place[1] + "%";
    box.style.width = place[2] + "%";
    box.style.height = place[3] + "%";
  }

  function renumber() {
    Array.prototype.forEach.call(body.rows, function (row, i) {
      var name = "第 " + (i + 1) + " 处";
      row.querySelector("th").textContent = name;
      ["左", "上", "宽", "高"].forEach(function (side, n) {
        inputs(row)[n].setAttribute("aria-label", name + "，" + side + "，百分比");
      });
      row.maskBox.setAttribute("aria-label", name + "遮挡，方向键移动，Shift 加方向键改大小，Delete 删除");
      row.maskBox.querySelector("b").textContent = String(i + 1);
    });
    add.disabled = body.rows.length >= MOST;
  }

  function remove(row) {
    var next = row.nextElementSibling || row.previousElementSibling;
    row.maskBox.remove();
    row.remove();
    renumber();
    (next ? next.maskBox : add).focus();
  }

  function adopt(row) {
    var box = document.createElement("button");
    var grip = document.createElement("span");
    box.type = "button";
    box.className = "mask__box";
    box.appendChild(document.createElement("b"));
    grip.className = "mask__grip";
    box.appendChild(grip);
    row.maskBox = box;
    stage.appendChild(box);
    inputs(row).forEach(function (input) { input.addEventListener("input", function () { draw(row); }); });
    var button = row.querySelector("[data-mask-remove]");
    button.hidden = false;
    button.addEventListener("click", function () { remove(row); });
    box.addEventListener("keydown", function (event) { onKey(event, row); });
    box.addEventListener("pointerdown", function (event) {
      event.stopPropagation();
      drag(event, row, event.target === grip);
    });
    draw(row);
    return row;
  }

  function make(place) {
    var row = blank.cloneNode(true);
    body.appendChild(row);
    adopt(row);
    renumber();
    write(row, place);
    return row;
  }

  function onKey(event, row) {
    var moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      remove(row);
      return;
    }
    var move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    var place = read(row);
    var at = event.shiftKey ? 2 : 0;
    place[at] += move[0] * STEP;
    place[at + 1] += move[1] * STEP;
    write(row, place);
  }

  function percent(event) {
    var frame = stage.getBoundingClientRect();
    return [
      clamp((100 * (event.clientX - frame.left)) / frame.width, 0, 100),
      clamp((100 * (event.clientY - frame.top)) / frame.height, 0, 100),
    ];
  }

  /* 跟着指针走到松开为止。 */
  function follow(event, moved, ended) {
    stage.setPointerCapture(event.pointerId);
    function up() {
      stage.removeEventListener("pointermove", moved);
      stage.removeEventListener("pointerup", up);
      stage.removeEventListener("pointercancel", up);
      if (ended) ended();
    }
    stage.addEventListener("pointermove", moved);
    stage.addEventListener("pointerup", up);
    stage.addEventListener("pointercancel", up);
  }

  function drag(event, row, isGrip) {
    var start = percent(event);
    var old = read(row);
    row.maskBox.focus();
    event.preventDefault();
    follow(event, function (next) {
      var now = percent(next);
      var dx = now[0] - start[0];
      var dy = now[1] - start[1];
      write(row, isGrip ? [old[0], old[1], old[2] + dx, old[3] + dy] : [old[0] + dx, old[1] + dy, old[2], old[3]]);
    });
  }

  stage.addEventListener("pointerdown", function (event) {
    if (event.button !== 0 || body.rows.length >= MOST) return;
    event.preventDefault();
    var start = percent(event);
    var row = null;
    follow(
      event,
      function (next) {
        var now = percent(next);
        var w = Math.abs(now[0] - start[0]);
        var h = Math.abs(now[1] - start[1]);
        if (!row && (w < SMALLEST || h < SMALLEST)) return;
        var place = [Math.min(now[0], start[0]), Math.min(now[1], start[1]), w, h];
        if (row) write(row, place);
        else row = make(place);
      },
      function () { if (row) row.maskBox.focus(); }
    );
  });

  var add = form.querySelector("[data-mask-add]");
  add.type = "button";
  add.addEventListener("click", function () {
    make([40, 40, 20, 20]).maskBox.focus();
  });
  stage.classList.add("mask__stage--live");
  form.querySelector("[data-mask-help]").hidden = false;
  inputs(blank).forEach(function (input) { input.value = ""; });
  Array.prototype.slice.call(body.rows).forEach(function (row) {
    if (read(row).every(isNaN)) row.remove();
    else adopt(row);
  });
  renumber();
})();
