using System.Globalization;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path.Ast;
using FhirOrchestrator.Fhir.Path.Functions;
using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Fhir.Path.Syntax;

/// <summary>
/// Builds the tree of an expression: recursive descent for terms, precedence climbing for operators (FHIRPath N1,
/// grammar). What is not understood fails here, with its position; nothing is left to fail while it runs.
/// </summary>
internal sealed class Parser(string text, PathDialect dialect, ImmutableArray<TypeDefinition> focus)
{
    /// <summary>The deepest nesting of an expression.</summary>
    public const int DepthMax = 200;

    private const int UnionLevel = 7;
    private const int TypeLevel = 8;

    private readonly ImmutableArray<Token> _tokens = new Lexer(text).Read();
    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);

    // What $this can be where the parser stands; default where nobody knows.
    private ImmutableArray<TypeDefinition> _this = focus;
    private int _at;
    private int _depth;

    /// <summary>The variables that the caller must supply.</summary>
    public IEnumerable<string> Variables => _variables.Except(_defined, StringComparer.Ordinal);

    /// <summary>The tree of the whole expression.</summary>
    public Expr ParseAll()
    {
        var whole = ParseExpression(1);
        return Current.Kind == TokenKind.End
            ? whole
            : throw new FhirPathException($"expected an operator or the end, got {Current.Shown}", Current.Position);
    }

    private Token Current => _tokens[_at];

    private Token Take() => _tokens[_at++];

    private void Expect(string symbol)
    {
        if (!Current.Is(symbol))
        {
            throw new FhirPathException($"expected '{symbol}', got {Current.Shown}", Current.Position);
        }

        _at++;
    }

    private Expr ParseExpression(int level)
    {
        if (++_depth > DepthMax)
        {
            throw TooDeep(Current.Position);
        }

        var left = ParseSigned();
        while (LevelOf(Current) is { } found && found >= level)
        {
            var sign = Take();
            left = Limited(found switch
            {
                TypeLevel => new TypeExpr(
                    left, ParseType(), isTest: sign.Text == "is", isStrict: dialect == PathDialect.Strict,
                    sign.Position),
                UnionLevel => UnionExpr.Of(left, ParseExpression(found + 1), sign.Position),
                _ => Operators.Build(sign, left, ParseExpression(found + 1)),
            });
        }

        _depth--;
        return left;
    }

    // Chains such as a.b.c nest to the left without passing through ParseExpression; evaluation recurses over them.
    private static Expr Limited(Expr made) => made.Depth <= DepthMax
        ? made
        : throw TooDeep(made.Position);

    private static FhirPathException TooDeep(int position) =>
        FhirPathException.Budget($"expected at most {DepthMax} levels of nesting, got more", position);

    private static int? LevelOf(Token token) => token.Kind switch
    {
        TokenKind.Word => token.Text switch
        {
            "implies" => 1,
            "or" or "xor" => 2,
            "and" => 3,
            "in" or "contains" => 4,
            "is" or "as" => TypeLevel,
            "div" or "mod" => 10,
            _ => null,
        },
        TokenKind.Symbol => token.Text switch
        {
            "=" or "~" or "!=" or "!~" => 5,
            "<" or ">" or "<=" or ">=" => 6,
            "|" => UnionLevel,
            "+" or "-" or "&" => 9,
            "*" or "/" => 10,
            _ => null,
        },
        _ => null,
    };

    private Expr ParseSigned()
    {
        if (!Current.Is("-") && !Current.Is("+"))
        {
            return ParsePath();
        }

        var sign = Take();
        if (++_depth > DepthMax)
        {
            throw TooDeep(sign.Position);
        }

        var operand = ParseSigned();
        _depth--;
        return Limited(new SignExpr(operand, isNegative: sign.Text == "-", sign.Position));
    }

    private Expr ParsePath()
    {
        var left = ParseTerm();
        while (true)
        {
            if (Current.Is("."))
            {
                _at++;
                left = Limited(ParseStep(left));
            }
            else if (Current.Is("["))
            {
                var position = Take().Position;
                var index = ParseExpression(1);
                Expect("]");
                if (dialect == PathDialect.Strict && left.IsUnordered)
                {
                    throw new FhirPathException(
                        "expected items in an order before '[', got children or descendants", position);
                }

                left = Limited(new IndexExpr(left, index, position));
            }
            else
            {
                return left;
            }
        }
    }

    private Expr ParseStep(Expr target)
    {
        var token = Take();
        return token.Kind switch
        {
            TokenKind.Word or TokenKind.Quoted when Current.Is("(") => ParseFunction(target, token),
            TokenKind.Word or TokenKind.Quoted => MemberExpr.Of(target, token.Text, token.Position),
            _ => throw new FhirPathException($"expected an element or function, got {token.Shown}", token.Position),
        };
    }

    private Expr ParseTerm()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TokenKind.Symbol when token.Text == "(":
                var inner = ParseExpression(1);
                Expect(")");
                return inner;
            case TokenKind.Symbol when token.Text == "{":
                Expect("}");
                return new LiteralExpr(null, token.Position);
            case TokenKind.Text:
                return new LiteralExpr(new StringItem(token.Text), token.Position);
            case TokenKind.Integer or TokenKind.Decimal:
                return ParseNumber(token);
            case TokenKind.Moment:
                return new LiteralExpr(ParseMoment(token), token.Position);
            case TokenKind.Dollar:
                return LoopExpr.Of(token.Text, _this, token.Position);
            case TokenKind.Variable:
                if (!PathVocabulary.IsBuiltIn(token.Text))
                {
                    _variables.Add(token.Text);
                }

                return new VariableExpr(token.Text, token.Position);
            case TokenKind.Word when token.Text is "true" or "false":
                return new LiteralExpr(PathItem.OfBoolean(token.Text == "true"), token.Position);
            case TokenKind.Word when IsOperatorOnly(token.Text):
            case TokenKind.End:
            case TokenKind.Symbol:
                throw new FhirPathException(
                    $"expected a value, element or function, got {token.Shown}", token.Position);
            case TokenKind.Word:
            case TokenKind.Quoted:
                return Current.Is("(")
                    ? ParseFunction(null, token)
                    : MemberExpr.OfRoot(token.Text, _this, dialect, token.Position);
        }

        throw new System.Diagnostics.UnreachableException();
    }

    // as, contains, in and is may also be names (N1, grammar, "identifier").
    private static bool IsOperatorOnly(string word) => word is "and" or "or" or "xor" or "implies" or "div" or "mod";

    private LiteralExpr ParseNumber(Token token)
    {
        if (Decimals.Read(token.Text) is not { } number)
        {
            throw new FhirPathException("expected a number of at most 28 digits, got more", token.Position);
        }

        if (Current.Kind == TokenKind.Text)
        {
            return new LiteralExpr(new QuantityItem(new Quantity(number, Take().Text)), token.Position);
        }

        if (Current.Kind == TokenKind.Word && CalendarUnits.FromWord(Current.Text) is { } unit)
        {
            _at++;
            return new LiteralExpr(new QuantityItem(new Quantity(number, CalendarUnits.Word(unit))), token.Position);
        }

        if (token.Kind == TokenKind.Decimal)
        {
            return new LiteralExpr(new DecimalItem(number), token.Position);
        }

        return int.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
            ? new LiteralExpr(new IntegerItem(whole), token.Position)
            : throw new FhirPathException(
                "expected an integer of at most 2147483647, got a greater one", token.Position);
    }

    private static TemporalItem ParseMoment(Token token)
    {
        var isTime = token.Text is ['@', 'T', ..];
        var kind = isTime ? TemporalKind.Time
            : token.Text.Contains('T', StringComparison.Ordinal) ? TemporalKind.DateTime
            : TemporalKind.Date;
        var body = token.Text.AsSpan(isTime ? 2 : 1);

        // @2015T and @2015-02T are dateTimes although nothing follows the T.
        if (kind == TemporalKind.DateTime && body is [.., 'T'])
        {
            body = body[..^1];
        }

        return TemporalText.Read(body, kind) is { } moment
            ? new TemporalItem(moment)
            : throw new FhirPathException(
                "expected a date, dateTime or time after @, got none that exists", token.Position);
    }

    private TypeName ParseType()
    {
        var first = TakeName("a type");
        if (!Current.Is("."))
        {
            return TypeName.Of(null, first.Text, first.Position);
        }

        _at++;
        return TypeName.Of(first.Text, TakeName("a type").Text, first.Position);
    }

    // A key may say its direction (FHIRPath 3.0, sort); the earlier draft wrote a minus before it.
    private Expr ParseSortKey()
    {
        var key = ParseExpression(1);
        if (!Current.IsWord("asc") && !Current.IsWord("desc"))
        {
            return key;
        }

        var direction = Take();
        return new SortKeyExpr(key, isDown: direction.Text == "desc", direction.Position);
    }

    private Token TakeName(string expected)
    {
        var token = Take();
        return token.Kind is TokenKind.Word or TokenKind.Quoted
            ? token
            : throw new FhirPathException($"expected {expected}, got {token.Shown}", token.Position);
    }

    private Expr ParseFunction(Expr? target, Token name)
    {
        Expect("(");
        if (name.Text is "is" or "as" or "ofType")
        {
            var type = ParseType();
            Expect(")");
            var input = target ?? LoopExpr.Of("this", _this, name.Position);
            return Limited(name.Text == "ofType"
                ? new OfTypeExpr(input, type, name.Position)
                : new TypeExpr(input, type, name.Text == "is", dialect == PathDialect.Strict, name.Position));
        }

        var arguments = ImmutableArray.CreateBuilder<Expr>(2);
        var outer = _this;
        _this = FunctionTable.ThisOf(name.Text, target, outer);
        while (!Current.Is(")"))
        {
            if (arguments.Count > 0)
            {
                Expect(",");
            }

            arguments.Add(name.Text == "sort" ? ParseSortKey() : ParseExpression(1));
        }

        _at++;
        _this = outer;
        var call = FunctionTable.Build(name.Text, target, arguments.DrainToImmutable(), dialect, name.Position);
        if (name.Text == "defineVariable" && call.Arguments[0] is LiteralExpr { Item: StringItem defined })
        {
            _defined.Add(defined.Text);
        }

        return Limited(call);
    }
}
