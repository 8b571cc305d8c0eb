import { startAdmin } from "/work/main/test/integration/admin/admin-harness.ts";
import fs from "node:fs";
const h = await startAdmin();
for (const f of fs.readdirSync("/tmp/admin-work/manifests")) h.manifests["/"+f.replace(".json","")] = JSON.parse(fs.readFileSync("/tmp/admin-work/manifests/"+f,"utf8"));
fs.writeFileSync("/tmp/admin-work/dev.port", String(h.port));
console.log(h.port, process.pid);
