document.querySelectorAll(".commands li").forEach(function (item) {
  var button = document.createElement("button"), code = item.querySelector("code");
  button.type = "button"; button.className = "copy"; button.textContent = "Copy";
  button.addEventListener("click", function () {
    function done() { button.textContent = "Copied"; setTimeout(function () { button.textContent = "Copy"; }, 1600); }
    function select() {
      getSelection().selectAllChildren(code);
      if (document.execCommand("copy")) { done(); }
    }
    if (navigator.clipboard) { navigator.clipboard.writeText(code.textContent).then(done, select); } else { select(); }
  });
  item.append(button);
});
