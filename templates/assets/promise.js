/* Counts down to each promised time; when it has come, says that the update is overdue. */
(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const promised = [...document.querySelectorAll("[data-by]")];
  const words = (seconds) => {
    const minutes = Math.ceil(seconds / 60), hours = Math.floor(minutes / 60);
    if (seconds < 60 && !calm) return `${seconds} s`;
    if (hours < 1) return `${minutes} min`;
    return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
  };
  const show = (element) => {
    const seconds = Math.ceil((Date.parse(element.dataset.by) - Date.now()) / 1000);
    const left = element.querySelector(".left"), text = left.dataset.left.replace("{}", words(seconds));
    left.hidden = seconds <= 0;
    element.nextElementSibling.firstElementChild.hidden = seconds > 0;
    if (seconds > 0 && left.textContent !== text) left.textContent = text;
  };
  const tick = () => promised.forEach(show);
  tick();
  setInterval(tick, 1000);
  addEventListener("pageshow", tick);
})();
