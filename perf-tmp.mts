import fs from 'node:fs';
import { parseScheduleFile } from './src/jobs/parse-schedule-file.ts';
import { readYaml } from './src/jobs/yaml-document.ts';
import { createTimetables } from './src/schedule/timetable.ts';
const text=fs.readFileSync(process.argv[2]!,'utf8');
const m=(n:string,fn:()=>any)=>{const c=process.cpuUsage(),t=performance.now();const r=fn();const d=process.cpuUsage(c);console.log(n,r?.jobs?.length,'wall',(performance.now()-t).toFixed(0),'cpu',((d.user+d.system)/1000).toFixed(0));return r};
if (process.argv[3]==='yaml') m('yaml',()=>readYaml(text,'x')); else {
const t=createTimetables();
const go=()=>parseScheduleFile(text,{path:'a.yml',folder:'/etc',variables:{},defaultTimezone:'UTC',checkSchedule:t.check});
m('cold',go);m('warm',go);}
