using System.Diagnostics.CodeAnalysis;
using System.Text;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>Builds parameterised commands: the text is always a constant, every value a parameter.</summary>
internal static class Statement
{
    private const char Replacement = '\uFFFD';

    /// <summary>A command of a batch; <c>$1</c> is the first value.</summary>
    public static NpgsqlBatchCommand Of([ConstantExpected] string sql, params ReadOnlySpan<object?> values)
    {
#pragma warning disable CA2100 // Only constants arrive here; the analyzer holds callers to it.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = ToStored(value) });
        }

        return command;
    }

    /// <summary>A batch on a connection of its own: its commands are one transaction.</summary>
    public static NpgsqlBatch Batch(NpgsqlDataSource source, params ReadOnlySpan<NpgsqlBatchCommand> commands)
    {
        var batch = source.CreateBatch();
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        return batch;
    }

    /// <summary>
    /// Text that PostgreSQL takes: it knows neither U+0000 nor half a surrogate pair, and both come from outside. Each
    /// becomes U+FFFD; everything else stays.
    /// </summary>
    public static string ToText(string text)
    {
        var isClean = true;
        for (var i = 0; i < text.Length && isClean; i++)
        {
            isClean = text[i] != '\0' && !char.IsSurrogate(text[i]);
        }

        if (isClean)
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(rune.Value == 0 ? Replacement.ToString() : rune.ToString());
        }

        return clean.ToString();
    }

    private static object ToStored(object? value) => value switch
    {
        null => DBNull.Value,
        string text => ToText(text),
        string?[] texts => Array.ConvertAll(texts, text => text is null ? null : ToText(text)),
        DateTimeOffset instant => instant.ToUniversalTime(),
        DateTimeOffset[] instants => Array.ConvertAll(instants, instant => instant.ToUniversalTime()),
        ChainId chain => chain.Value,
        StepName step => ToText(step.Value),
        EhrId ehr => ToText(ehr.Value),
        SiteId site => ToText(site.Value),
        Origin origin => EnumText.Of(origin),
        MatchKind kind => EnumText.Of(kind),
        ChainPhase phase => EnumText.Of(phase),
        StepPhase phase => EnumText.Of(phase),
        TimerKind kind => EnumText.Of(kind),
        Verdict verdict => EnumText.Of(verdict),
        RegistrationStatus status => EnumText.Of(status),
        _ => value,
    };
}
