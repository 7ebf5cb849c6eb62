using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace TinyJepa.Tests.Package;

/// <summary>What users of an assembly can name, as text: a type or member a line, sorted, so that a change of the API is a change of some lines.</summary>
static class PublicApi
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(char)] = "char", [typeof(double)] = "double", [typeof(float)] = "float",
        [typeof(int)] = "int", [typeof(long)] = "long", [typeof(object)] = "object", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(string)] = "string",
        [typeof(uint)] = "uint", [typeof(ulong)] = "ulong", [typeof(ushort)] = "ushort",
    };

    internal static string Of(Assembly assembly)
    {
        var lines = assembly.GetExportedTypes().Where(IsNamed).SelectMany(type => Members(type).Prepend($"{TypeLine(type)}"));
        return string.Join('\n', lines.Distinct().Order(StringComparer.Ordinal)) + "\n";
    }

    // The compiler's own types, such as those it makes of an extension block, have names that no program can write.
    static bool IsNamed(Type type) => !type.FullName!.Contains('<', StringComparison.Ordinal) && !type.FullName.Contains('$', StringComparison.Ordinal);

    static string TypeLine(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}struct",
            _ when type.IsSubclassOf(typeof(Delegate)) => "delegate",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        var bases = type.GetInterfaces().Where(i => i.IsVisible).Select(Name).Order(StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum) && parent != typeof(MulticastDelegate)) bases = bases.Prepend(Name(parent)).Order(StringComparer.Ordinal);
        var list = string.Join(", ", bases);
        return $"{FullName(type)} : {kind}{(list.Length > 0 ? $" of {list}" : "")}";
    }

    static IEnumerable<string> Members(Type type)
    {
        var owner = FullName(type);
        if (type.IsEnum) return Enum.GetNames(type).Select(name => $"{owner}.{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        return type.GetMembers(Declared).Where(member => !member.Name.Contains('<', StringComparison.Ordinal)).Select(member => member switch
        {
            FieldInfo field when IsVisible(field.Attributes) => $"{owner}.{field.Name} : {(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)}{(field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "")}",
            PropertyInfo property when Accessors(property) is { Length: > 0 } accessors => $"{owner}.{Indexed(property)} : {Modifier(property.GetAccessors(true)[0])}{Name(property.PropertyType)} {{ {accessors}}}",
            ConstructorInfo constructor when IsVisible(constructor) && !constructor.IsStatic => $"{owner}..ctor({Parameters(constructor)}){Protected(constructor)}",
            MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
                $"{owner}.{method.Name}{Arguments(method.GetGenericArguments())}({(method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")}{Parameters(method)}) : {Modifier(method)}{Name(method.ReturnType)}",
            _ => null,
        }).OfType<string>();
    }

    static bool IsVisible(MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    static bool IsVisible(FieldAttributes field) => (field & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    static string Modifier(MethodInfo method) => method switch
    {
        { IsStatic: true, IsAbstract: true } => "static abstract ",
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } when method.GetBaseDefinition() != method => "override ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    } + Protected(method).TrimStart();

    static string Protected(MethodBase method) => method.IsPublic ? "" : method.IsConstructor ? " protected" : "protected ";

    static string Accessors(PropertyInfo property)
    {
        var text = new StringBuilder();
        if (property.GetMethod is { } get && IsVisible(get)) text.Append("get; ");
        if (property.SetMethod is { } set && IsVisible(set)) text.Append(set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; ");
        return text.ToString();
    }

    static string Indexed(PropertyInfo property) => property.GetIndexParameters() is { Length: > 0 } index ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    static string Parameter(ParameterInfo parameter)
    {
        var by = !parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn || parameter.IsDefined(typeof(IsReadOnlyAttribute)) ? "in " : "ref ";
        var many = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "";
        return $"{many}{by}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue)}" : "")}";
    }

    static string Value(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    static string FullName(Type type) => $"{(type.DeclaringType is { } outer ? FullName(outer) : type.Namespace)}.{Name(type)}";

    static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsPointer) return Name(type.GetElementType()!) + "*";
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter) return type.Name;
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        if (s_keywords.TryGetValue(type, out var keyword)) return keyword;
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? type.Name : type.Name[..tick] + Arguments(type.GetGenericArguments());
    }

    static string Arguments(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";
}
