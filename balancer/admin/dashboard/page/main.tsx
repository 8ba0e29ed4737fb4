import { render } from "preact";
import { Dashboard } from "./dashboard.tsx";

const root = document.getElementById("dashboard");
if (root === null) throw new Error("the page has no #dashboard");
render(<Dashboard />, root);
