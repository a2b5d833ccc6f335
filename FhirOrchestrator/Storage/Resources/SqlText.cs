using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>An SQL statement being put together: its text only ever takes constants and numbered parameters.</summary>
internal sealed class SqlText
{
    private const int IndexedCharactersMax = 512;
    private readonly StringBuilder _text = new(512);
    private readonly List<NpgsqlParameter> _parameters = [];

    /// <summary>Appends a piece of SQL.</summary>
    public SqlText Append(string sql)
    {
        _text.Append(sql);
        return this;
    }

    /// <summary>Adds a value and returns its placeholder.</summary>
    public string Value(string value) => Value(Storable(value), NpgsqlDbType.Text);

    /// <summary>Adds a list of texts and returns its placeholder, for <c>ANY</c>.</summary>
    public string Values(IEnumerable<string> values) =>
        Value(values.Select(Storable).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    /// <summary>The condition that a column is one of the parameters' numbers.</summary>
    public string IsOneOf(string column, int[] numbers) => numbers.Length == 1
        ? $"{column} = {Value(numbers[0])}"
        : $"{column} = ANY ({Value(numbers, NpgsqlDbType.Array | NpgsqlDbType.Integer)})";

    /// <summary>Adds a value and returns its placeholder.</summary>
    public string Value(long value) => Value(value, NpgsqlDbType.Bigint);

    /// <summary>Adds a value and returns its placeholder.</summary>
    public string Value(int value) => Value(value, NpgsqlDbType.Integer);

    /// <summary>Adds a value and returns its placeholder.</summary>
    public string Value(decimal value) => Value(value, NpgsqlDbType.Numeric);

    /// <summary>Adds a value and returns its placeholder.</summary>
    public string Value(object value, NpgsqlDbType type)
    {
        _parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${_parameters.Count}");
    }

    /// <summary>The statement for a batch.</summary>
    [SuppressMessage("Security", "CA2100", Justification =
        "Appended pieces are constants of this folder; values are parameters.")]
    public NpgsqlBatchCommand ToCommand()
    {
        var command = new NpgsqlBatchCommand(_text.ToString());
        command.Parameters.AddRange(_parameters.ToArray());
        return command;
    }

    /// <summary>A statement for a batch from constant text and its parameters in order.</summary>
    [SuppressMessage("Security", "CA2100", Justification =
        "Text is a constant of this folder with the schema's name, a known one.")]
    public static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<(object Value, NpgsqlDbType Type)> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (value, type) in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        }

        return command;
    }

    /// <summary>
    /// Text that PostgreSQL takes: without the character 0, which no FHIR string has, and without halves of pairs.
    /// </summary>
    public static string Storable(string text)
    {
        var isPlain = true;
        for (var at = 0; at < text.Length && isPlain; at++)
        {
            isPlain = text[at] != '\0' && !char.IsSurrogate(text[at]);
        }

        return isPlain ? text : Encoding.UTF8.GetString(
            Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));
    }

    /// <summary>
    /// Text short enough for an index: longer text keeps its beginning and gets its hash. Rows and queries cut alike,
    /// so equality still holds.
    /// </summary>
    public static string Indexable(string text) => text.Length <= IndexedCharactersMax
        ? text
        : string.Concat(
            text.AsSpan(0, IndexedCharactersMax - 64),
            Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
}
