namespace FhirOrchestrator.Settings;

/// <summary>What the command line asks for.</summary>
internal abstract record Verb
{
    private Verb()
    {
    }

    /// <summary>The server (default).</summary>
    public sealed record Serve : Verb;

    /// <summary>Only the sandbox EHR, with its own schema and no subscriber.</summary>
    public sealed record Sandbox : Verb;

    /// <summary>Checks the workflow packages and runs their scenarios.</summary>
    public sealed record Check : Verb;

    /// <summary>Brings the schema up to date and ends.</summary>
    public sealed record Migrate : Verb;

    /// <summary>Measures one part of the product and prints the figures.</summary>
    /// <param name="Name">What to measure: <c>fhir</c>.</param>
    /// <param name="IsJson">True prints one JSON object and nothing else.</param>
    public sealed record Bench(string Name, bool IsJson) : Verb;

    /// <summary>Writes the embedded digest of FHIR definitions anew.</summary>
    /// <param name="Folder">The folder of the official bundles.</param>
    public sealed record Digest(string Folder) : Verb;

    /// <summary>A verb that a later issue brings: fails, loudly.</summary>
    /// <param name="Name">The verb.</param>
    /// <param name="Issue">The issue that brings it.</param>
    public sealed record Later(string Name, int Issue) : Verb
    {
        /// <summary>What to print before ending with <see cref="CommandLine.ExitWrongUse"/>.</summary>
        public string Words =>
            $"expected one of {CommandLine.ReadyVerbs}, got \"{Name}\", which comes with issue {Issue}";
    }

    /// <summary>Print this and end: help, the version, or what is wrong with the command line.</summary>
    /// <param name="Words">What to print, on the error stream where the code is not 0.</param>
    /// <param name="ExitCode">0, or <see cref="CommandLine.ExitWrongUse"/>.</param>
    public sealed record Say(string Words, int ExitCode) : Verb;
}

/// <summary>The command line, taken apart.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Settings">The settings on the command line, each <c>--Key=value</c>.</param>
internal sealed record Invocation(Verb Verb, ImmutableArray<string> Settings);
