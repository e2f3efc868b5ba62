// The alerts and boards of shipbell for those who deploy theirs with jsonnet. There is nothing in it but the plain files next
// to it:  jsonnet -e "(import 'mixin.libsonnet').prometheusAlerts" > alerts.json
(import 'config.libsonnet') {
  local config = self._config,
  local boards = {
    'shipbell-jobs.json': importstr '../../grafana/shipbell-jobs.json',
    'shipbell-job.json': importstr '../../grafana/shipbell-job.json',
    'shipbell-scheduler.json': importstr '../../grafana/shipbell-scheduler.json',
  },
  local withAddress(text) = std.strReplace(text, 'runbook_url: runbooks/', 'runbook_url: ' + config.runbookUrl + '/'),

  prometheusAlerts+:: parseRules(withAddress(importstr '../alerts.yml')),
  prometheusRules+:: { groups: [] },
  grafanaDashboards+:: {
    [name]: std.parseJson(boards[name]) { tags: config.dashboardTags }
    for name in std.objectFields(boards)
  },

  // std.parseYaml of jsonnet 0.18 fails where a value has several lines, as expressions have: while it parses, another
  // character stands for the end of a line.
  local endOfLine = '␤',
  local isOfBlock(line) = std.startsWith(line, '          '),
  local onOneLine(part) =
    local lines = std.split(part, '\n');
    local end = std.find(false, std.map(isOfBlock, lines))[0];
    local block = [line[10:] + endOfLine for line in lines[:end]];
    "        expr: '" + std.strReplace(std.join('', block), "'", "''") + "'\n" + std.join('\n', lines[end:]),
  local parseRules(text) =
    local parts = std.split(std.strReplace(text, '        expr: |\n', '\u0000'), '\u0000');
    local rules = std.parseYaml(parts[0] + std.join('', std.map(onOneLine, parts[1:])));
    {
      groups: [
        group { rules: [rule { expr: std.strReplace(rule.expr, endOfLine, '\n') } for rule in group.rules] }
        for group in rules.groups
      ],
    },
}
