// Most end-to-end tests wait for processes, unit tests compute: two fixtures at a time keep both of two cores at work.
// A fixture that touches what the process has once (environment variables) says [NonParallelizable].
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]
