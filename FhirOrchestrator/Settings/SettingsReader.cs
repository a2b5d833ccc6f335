using Npgsql;

namespace FhirOrchestrator.Settings;

/// <summary>Configuration in, settings or all its mistakes out.</summary>
internal static class SettingsReader
{
    /// <summary>
    /// Reads and checks everything. See <see cref="SettingsSources.Use"/> for where the values come from.
    /// </summary>
    public static SettingsResult Read(IConfigurationRoot configuration, SettingsSurroundings surroundings)
    {
        var values = new ValueReader(configuration);
        var urls = ReadUrls(values);
        var settings = new ServerSettings
        {
            Urls = urls,
            PublicUrl = ReadPublicUrl(values, urls),
            DataFolder = Path.GetFullPath(values.Text("DataFolder") ?? ".data", surroundings.ContentRoot),
            DataFolderGiven = values.Text("DataFolder") is not null,
            Workflows = new WorkflowsSettings
            {
                Folder = Path.GetFullPath(values.Text("Workflows:Folder") ?? "subscriptions", surroundings.ContentRoot),
            },
            ConnectionStrings = ReadConnections(values),
            Ehrs = EhrSectionReader.ReadAll(configuration, values, surroundings),
            Sweeps = ReadSweeps(values),
            Hospital = ReadHospital(values),
            Subscriptions = ReadSubscriptions(values),
            Intake = new IntakeSettings
            {
                BodyBytesMax = values.Whole(
                    "Intake:BodyBytesMax", new IntakeSettings().BodyBytesMax, 1024, 64 * 1024 * 1024),
            },
        };
        var problems = KeyCheck.Find(configuration).AddRange(values.Problems);
        return problems.IsEmpty
            ? new SettingsResult.Ready(settings, Warnings(settings))
            : new SettingsResult.Refused(problems);
    }

    private static ImmutableArray<string> ReadUrls(ValueReader values)
    {
        const string key = "Urls";
        var text = values.Text(key) ?? ServerSettings.UrlDefault;
        var urls = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var url in urls)
        {
            if (!IsListeningUrl(url))
            {
                values.Refuse(key, "http(s)://host:port, several separated by semicolons, without a path", url);
            }
        }

        if (urls.Length > 0)
        {
            return [.. urls];
        }

        values.Refuse(key, "at least one http(s)://host:port", text);
        return [ServerSettings.UrlDefault];
    }

    /// <summary>A port must be named, because the EHRs are told of it before the server listens.</summary>
    private static bool IsListeningUrl(string url)
    {
        if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            && !url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            var address = BindingAddress.Parse(url);
            return !address.IsUnixPipe
                && !address.IsNamedPipe
                && address.PathBase.Length == 0
                && address.Host.Length > 0
                && !address.Host.Contains('@')
                && !address.Host.Contains('?')
                && address.Port is >= 1 and <= 65535;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static Uri ReadPublicUrl(ValueReader values, ImmutableArray<string> urls)
    {
        const string key = "PublicUrl";
        var text = values.Text(key);
        if (text is null)
        {
            return LocalUrl(urls[0]);
        }

        if (WebAddress.Read(text) is { } url)
        {
            return url;
        }

        values.RefuseWords(key, $"expected {WebAddress.Expected}, got {WebAddress.Show(text)}");
        return LocalUrl(ServerSettings.UrlDefault);
    }

    /// <summary>A listening URL that was refused is noted already and stands in nobody's way.</summary>
    private static Uri LocalUrl(string listening) =>
        WebAddress.OfListening(IsListeningUrl(listening) ? listening : ServerSettings.UrlDefault);

    private static ConnectionSettings ReadConnections(ValueReader values)
    {
        const string orchestrator = "ConnectionStrings:Orchestrator";
        const string migrator = "ConnectionStrings:Migrator";
        var connections = new ConnectionSettings
        {
            Orchestrator = ReadConnection(values, orchestrator),
            Migrator = ReadConnection(values, migrator),
        };
        if (values.Text(migrator) is not null && values.Text(orchestrator) is null)
        {
            values.RefuseWords(
                migrator,
                $"expected {orchestrator} beside it (the private cluster makes both logins), got only this one");
        }

        return connections;
    }

    /// <summary>The value holds a password: no message shows it.</summary>
    private static string? ReadConnection(ValueReader values, string key)
    {
        const string expected = "expected a PostgreSQL connection string (Host=…;Database=…;Username=…;Password=…)";
        var text = values.Text(key);
        if (text is null)
        {
            return null;
        }

        try
        {
            var parts = new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(parts.Host) || string.IsNullOrEmpty(parts.Database))
            {
                values.RefuseWords(key, $"{expected}, got one without Host or Database");
            }
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException)
        {
            values.RefuseWords(key, $"{expected}, got one that cannot be read");
        }

        return text;
    }

    private static HospitalLife ReadHospital(ValueReader values)
    {
        const string key = "Sandbox:Hospital";
        var word = values.Text(key) is { } text ? values.Choice(key, text, ["living", "quiet", "empty"]) : null;
        return word is null ? HospitalLife.Living : Enum.Parse<HospitalLife>(word, ignoreCase: true);
    }

    private static SweepSettings ReadSweeps(ValueReader values)
    {
        var absent = new SweepSettings();
        var day = TimeSpan.FromDays(1);
        var hour = TimeSpan.FromHours(1);
        return new SweepSettings
        {
            Every = values.Duration("Sweeps:Every", absent.Every, TimeSpan.FromSeconds(1), day),
            Grace = values.Duration("Sweeps:Grace", absent.Grace, TimeSpan.Zero, hour),
            Overlap = values.Duration("Sweeps:Overlap", absent.Overlap, TimeSpan.Zero, day),
        };
    }

    private static SubscriptionSettings ReadSubscriptions(ValueReader values)
    {
        var absent = new SubscriptionSettings();
        var second = TimeSpan.FromSeconds(1);
        var hour = TimeSpan.FromHours(1);
        return new SubscriptionSettings
        {
            CheckEvery = values.Duration("Subscriptions:CheckEvery", absent.CheckEvery, second, hour),
            ActivationMax = values.Duration("Subscriptions:ActivationMax", absent.ActivationMax, second, hour),
        };
    }

    private static ImmutableArray<string> Warnings(ServerSettings settings)
    {
        if (!settings.PublicUrl.IsLoopback)
        {
            return [];
        }

        return [.. settings.Ehrs
            .Where(ehr => !ehr.BaseUrl.IsLoopback)
            .Select(ehr => $"PublicUrl {settings.PublicUrl.AbsoluteUri} is this machine's own address and EHR "
                + $"{ehr.Name} is elsewhere: its notifications cannot arrive, only the sweep sees what happens.")];
    }
}
