using System.Runtime.CompilerServices;
using System.Text;

namespace FhirOrchestrator.Fhir.Json;

/// <summary>
/// One pass over valid UTF-8 that makes the tree. It says what is wrong in words of its own and never quotes the input,
/// which may be patient data.
/// </summary>
internal ref struct JsonReading
{
    private const string Truncated = "expected the rest of the JSON value, got its end";

    private readonly ReadOnlySpan<byte> _utf8;
    private readonly JsonScratch _scratch;
    private TextBlock _texts;
    private JsonProblem? _problem;
    private int _at;

    private JsonReading(ReadOnlySpan<byte> utf8, JsonScratch scratch)
    {
        _utf8 = utf8;
        _scratch = scratch;
        _texts = new TextBlock(utf8.Length);
    }

    /// <summary>Reads one value that fills the bytes given, which must be UTF-8.</summary>
    public static Parsed<Node> Read(ReadOnlySpan<byte> utf8)
    {
        var scratch = JsonScratch.Take();
        try
        {
            var reading = new JsonReading(utf8, scratch);
            var value = reading.ReadWhole();
            return value is null ? new(null, reading._problem) : new(value, null);
        }
        finally
        {
            scratch.Return();
        }
    }

    private Node? ReadWhole()
    {
        SkipSpace();
        if (_at == _utf8.Length)
        {
            return Failed("expected a JSON value, got nothing");
        }

        var value = ReadValue(0);
        if (value is null)
        {
            return null;
        }

        SkipSpace();
        return _at == _utf8.Length ? value : Failed("expected one JSON value, got more");
    }

    private Node? ReadValue(int depth)
    {
        if (_at >= _utf8.Length)
        {
            return Failed(Truncated);
        }

        switch (_utf8[_at])
        {
            case (byte)'"':
                return ReadText();
            case (byte)'{':
                return ReadObject(depth + 1);
            case (byte)'[':
                return ReadArray(depth + 1);
            case (byte)'t':
                return ReadWord("true"u8, BooleanNode.True);
            case (byte)'f':
                return ReadWord("false"u8, BooleanNode.False);
            case (byte)'n':
                return ReadWord("null"u8, NullNode.Instance);
            default:
                return ReadNumber();
        }
    }

    private ObjectNode? ReadObject(int depth)
    {
        if (!Open(depth))
        {
            return null;
        }

        if (_utf8[_at] == '}')
        {
            _at++;
            return ObjectNode.Empty;
        }

        var names = new NamesSeen(_scratch);
        NameTable.Name? previous = null;
        while (ReadName(previous) is { } name)
        {
            previous = name;
            if (!names.Add(name))
            {
                Failed("expected each name once in an object, got one twice");
                return null;
            }

            if (!Pass((byte)':') || ReadValue(depth) is not { } value)
            {
                return null;
            }

            _scratch.Push(new Member(name.Text, value));
            switch (Next((byte)'}'))
            {
                case Step.On:
                    continue;
                case Step.Closed:
                    return new ObjectNode(_scratch.PopMembers(names.Bottom));
                default:
                    return null;
            }
        }

        return null;
    }

    private ArrayNode? ReadArray(int depth)
    {
        if (!Open(depth))
        {
            return null;
        }

        if (_utf8[_at] == ']')
        {
            _at++;
            return ArrayNode.Empty;
        }

        var bottom = _scratch.ItemCount;
        while (ReadValue(depth) is { } value)
        {
            _scratch.Push(value);
            switch (Next((byte)']'))
            {
                case Step.On:
                    continue;
                case Step.Closed:
                    return new ArrayNode(_scratch.PopItems(bottom));
                default:
                    return null;
            }
        }

        return null;
    }

    private enum Step
    {
        On,
        Closed,
        Broken,
    }

    // Behind an opening bracket: stands on what follows it.
    private bool Open(int depth)
    {
        if (depth > JsonText.DepthMax)
        {
            Failed($"expected at most {JsonText.DepthMax} levels of nesting, got more");
            return false;
        }

        _at++;
        SkipSpace();
        if (_at < _utf8.Length)
        {
            return true;
        }

        Failed(Truncated);
        return false;
    }

    // Behind a value: stands behind the closing bracket, or on what follows the comma.
    private Step Next(byte closing)
    {
        SkipSpace();
        if (_at >= _utf8.Length)
        {
            Failed(Truncated);
            return Step.Broken;
        }

        var sign = _utf8[_at];
        if (sign == closing)
        {
            _at++;
            return Step.Closed;
        }

        if (sign != ',')
        {
            Broken();
            return Step.Broken;
        }

        _at++;
        SkipSpace();
        return Step.On;
    }

    private bool Pass(byte sign)
    {
        SkipSpace();
        if (_at >= _utf8.Length || _utf8[_at] != sign)
        {
            Broken();
            return false;
        }

        _at++;
        SkipSpace();
        return true;
    }

    private NameTable.Name? ReadName(NameTable.Name? previous)
    {
        if (previous?.Likely is { } likely && _utf8[_at..].StartsWith(likely.Quoted))
        {
            _at += likely.Quoted.Length;
            return likely;
        }

        if (_at >= _utf8.Length || _utf8[_at] != '"')
        {
            Broken();
            return null;
        }

        var raw = ReadString(out var isEscaped);
        if (_problem is not null)
        {
            return null;
        }

        if (isEscaped)
        {
            return NameTable.Get(Encoding.UTF8.GetBytes(JsonEscapes.Decode(raw)));
        }

        var name = NameTable.Get(raw);
        previous?.Precedes(name);
        return name;
    }

    private TextNode? ReadText()
    {
        var raw = ReadString(out var isEscaped);
        if (_problem is not null)
        {
            return null;
        }

        return raw.IsEmpty ? TextNode.Empty : _texts.Keep(raw, isEscaped);
    }

    // From the opening quote to behind the closing one: what stands between them.
    private ReadOnlySpan<byte> ReadString(out bool isEscaped)
    {
        isEscaped = false;
        var start = _at + 1;
        var end = start;
        while (true)
        {
            end = JsonScan.StringStop(_utf8, end);
            if (end >= _utf8.Length)
            {
                _at = _utf8.Length;
                Failed(Truncated);
                return default;
            }

            switch (_utf8[end])
            {
                case (byte)'"':
                    _at = end + 1;
                    return _utf8[start..end];
                case (byte)'\\':
                    isEscaped = true;
                    var length = JsonEscapes.Length(_utf8[end..], out var wrong);
                    if (wrong is not null)
                    {
                        _at = end;
                        Failed(wrong);
                        return default;
                    }

                    end += length;
                    break;
                default:
                    _at = end;
                    Broken();
                    return default;
            }
        }
    }

    private Node? ReadWord(ReadOnlySpan<byte> word, Node value)
    {
        var rest = _utf8[_at..];
        if (rest.StartsWith(word))
        {
            _at += word.Length;
            return value;
        }

        return word.StartsWith(rest) ? Failed(Truncated) : Broken();
    }

    private Node? ReadNumber()
    {
        var start = _at;
        var isRight = JsonScan.Number(_utf8, ref _at);
        return isRight ? NumberNode.Of(_utf8[start.._at]) : Broken();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipSpace()
    {
        if (_at < _utf8.Length && _utf8[_at] <= ' ')
        {
            _at = JsonScan.Space(_utf8, _at);
        }
    }

    // Something else than JSON, or its end where more is due.
    private Node? Broken() =>
        Failed(_at >= _utf8.Length ? Truncated : "expected JSON, got something else");

    private Node? Failed(string message)
    {
        _problem ??= new JsonProblem(message, _at);
        return null;
    }
}
