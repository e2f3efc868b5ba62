{
  _config+:: {
    // Where you have put the folder runbooks/, such as 'https://git.example.org/ops/runbooks'.
    runbookUrl: 'runbooks',
    // The tags of the boards; they link to each other by them.
    dashboardTags: ['shipbell'],
  },
}
