namespace FhirOrchestrator.Scenarios;

/// <summary>Collects what the rounds log as errors: a scenario in which this server broke has not passed.</summary>
internal sealed class ScenarioErrors
{
    private readonly List<string> _found = [];

    /// <summary>What was logged, in order.</summary>
    public IReadOnlyList<string> Found => _found;

    /// <summary>A log that keeps errors and drops everything else.</summary>
    public ILogger<T> Log<T>() => new ErrorLog<T>(_found);

    private sealed class ErrorLog<T>(List<string> found) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var words = formatter(state, exception);
                found.Add(exception is null ? words : $"{words}: {exception.GetType().Name}: {exception.Message}");
            }
        }
    }
}
