namespace FhirOrchestrator.Settings;

/// <summary>A key that configuration may hold.</summary>
internal abstract record SettingNode
{
    private SettingNode(string name) => Name = name;

    /// <summary>The last part of the key. Configuration ignores its letter case.</summary>
    public string Name { get; }

    /// <summary>A key with a value.</summary>
    public sealed record Leaf : SettingNode
    {
        public Leaf(string name)
            : base(name)
        {
        }
    }

    /// <summary>A section with keys of its own.</summary>
    public sealed record Section : SettingNode
    {
        public Section(string name, params ReadOnlySpan<SettingNode> keys)
            : base(name) => Keys = [.. keys];

        public ImmutableArray<SettingNode> Keys { get; }

        public IEnumerable<string> Names => Keys.Select(key => key.Name);
    }

    /// <summary>A list: sections under the numbers 0, 1, 2 and so on.</summary>
    public sealed record List : SettingNode
    {
        public List(string name, Section item)
            : base(name) => Item = item;

        public Section Item { get; }
    }

    /// <summary>A section that a later issue brings: refused, because ignoring it would look like obeying it.</summary>
    public sealed record Later : SettingNode
    {
        public Later(string name)
            : base(name)
        {
        }
    }

    /// <summary>A section of the framework: passed on unread.</summary>
    public sealed record Foreign : SettingNode
    {
        public Foreign(string name)
            : base(name)
        {
        }
    }
}

/// <summary>All keys that the server knows.</summary>
internal static class SettingsSchema
{
    /// <summary>The authentication of one EHR.</summary>
    public static SettingNode.Section Auth { get; } =
        new("Auth", Value("Kind"), Value("Token"), Value("User"), Value("Password"));

    /// <summary>One EHR.</summary>
    public static SettingNode.Section Ehr { get; } = new(
        "Ehr", Value("Name"), Value("BaseUrl"), Value("Kind"), Value("Writes"), Value("Since"), Auth);

    /// <summary>The top of it all.</summary>
    public static SettingNode.Section Root { get; } = new(
        "",
        Value("Urls"),
        Value("PublicUrl"),
        Value("DataFolder"),
        new SettingNode.Section("Workflows", Value("Folder")),
        new SettingNode.Section("ConnectionStrings", Value("Orchestrator"), Value("Migrator")),
        new SettingNode.List("Ehrs", Ehr),
        new SettingNode.Section("Sweeps", Value("Every"), Value("Grace"), Value("Overlap")),
        new SettingNode.Section("Subscriptions", Value("CheckEvery"), Value("ActivationMax")),
        new SettingNode.Section("Intake", Value("BodyBytesMax")),
        new SettingNode.Section("Sandbox", Value("Hospital")),
        new SettingNode.Later("Access"),
        new SettingNode.Later("Telemetry"),
        new SettingNode.Foreign("Logging"),
        new SettingNode.Foreign("AllowedHosts"),
        new SettingNode.Foreign("Kestrel"),
        new SettingNode.Foreign("Environment"),
        new SettingNode.Foreign("ContentRoot"),
        new SettingNode.Foreign("ApplicationName"),
        new SettingNode.Foreign("ShutdownTimeoutSeconds"));

    private static SettingNode.Leaf Value(string name) => new(name);
}
