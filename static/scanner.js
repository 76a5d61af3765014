// Reads a code with the camera (BarcodeDetector), fills it into the form around it, and sends the form.
// The button stays hidden in browsers that can't.

const PAUSE = 200;
const FORMATS = ["qr_code", "code_128", "code_39", "ean_13"];

/** The camera at the back, if there is one. */
const open = () => navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });

async function read(detector, view) {
  for (;;) {
    const [code] = await detector.detect(view).catch(() => []);
    if (code) return code.rawValue;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

async function scan(box, detector) {
  const [button, view, fault] = ["button", "video", "[role=alert]"].map((part) => box.querySelector(part));
  button.disabled = true;
  fault.hidden = true;
  try {
    const camera = await open();
    view.srcObject = camera;
    view.hidden = false;
    await view.play();
    const form = box.closest("form");
    form.querySelector("input[type=text]").value = await read(detector, view);
    for (const track of camera.getTracks()) track.stop();
    form.submit();
  } catch {
    fault.hidden = false;
    view.hidden = true;
    button.disabled = false;
  }
}

if ("BarcodeDetector" in window && navigator.mediaDevices) {
  const known = await BarcodeDetector.getSupportedFormats();
  const formats = FORMATS.filter((format) => known.includes(format));
  for (const box of formats.length ? document.querySelectorAll("[data-scanner]") : []) {
    const detector = new BarcodeDetector({ formats });
    box.querySelector("button").addEventListener("click", () => scan(box, detector));
    box.hidden = false;
  }
}
