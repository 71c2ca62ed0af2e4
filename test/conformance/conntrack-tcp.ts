/**
 * What Linux 6.18 made of TCP segments between two hosts behind a forwarding namespace, with nf_conntrack_tcp_be_liberal:
 * one sequence a line, segment by segment as ">SA:SR". Who sent it (">" who sent the first), its flags ("-" for none;
 * "+": it acknowledges the SYN, and not the number of it), whether nft's `ct state invalid` matched ("!") or not (":"), and
 * the state in /proc/net/nf_conntrack behind it: "--" for no entry, "PU" for ESTABLISHED with 300 seconds left.
 */
export const JUDGED: readonly string[] = `
>SA!--
>FA!--
>R!--
>-!--
>S:SS >R:--
>S:SS >-!SS
>S:SS <R:--
>S:SS <-!SS
>S:SS <SA:SR >SA:SR
>S:SS <SA:SR >R:CL
>S:SS <SA:SR >-!SR
>S:SS <SA:SR <SA:SR
>S:SS <SA:SR <FA:FW
>S:SS <SA:SR <A:SR
>S:SS <SA:SR <R:CL
>S:SS <SA:SR <-!SR
>S:SS <SA:SR >A:ES >SA!ES
>S:SS <SA:SR >A:ES >A:ES
>S:SS <SA:SR >A:ES <SA:ES
>S:SS <SA:SR >A:ES <FA:FW
>S:SS <SA:SR >A:ES <A:ES
>S:SS <SA:SR >A:ES >FA:FW >SA!FW
>S:SS <SA:SR >A:ES >FA:FW >FA:LA
>S:SS <SA:SR >A:ES >FA:FW >A:CW
>S:SS <SA:SR >A:ES >FA:FW >R:CL
>S:SS <SA:SR >A:ES >FA:FW >-!FW
>S:SS <SA:SR >A:ES >FA:FW <S!FW
>S:SS <SA:SR >A:ES >FA:FW <SA:FW
>S:SS <SA:SR >A:ES >FA:FW <R:CL
>S:SS <SA:SR >A:ES >FA:FW <-!FW
>S:SS <SA:SR >A:ES >FA:FW <A:CW >S:CW
>S:SS <SA:SR >A:ES >FA:FW <A:CW >SA!CW
>S:SS <SA:SR >A:ES >FA:FW <A:CW >FA:LA
>S:SS <SA:SR >A:ES >FA:FW <A:CW >A:CW
>S:SS <SA:SR >A:ES >FA:FW <A:CW >R:CL
>S:SS <SA:SR >A:ES >FA:FW <A:CW >-!CW
>S:SS <SA:SR >A:ES >FA:FW <A:CW <S!CW
>S:SS <SA:SR >A:ES >FA:FW <A:CW <SA:CW
>S:SS <SA:SR >A:ES >FA:FW <A:CW <FA:LA
>S:SS <SA:SR >A:ES >FA:FW <A:CW <A:CW
>S:SS <SA:SR >A:ES >FA:FW <A:CW <R:CL
>S:SS <SA:SR >A:ES >FA:FW <A:CW <-!CW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >SA!LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >FA:LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >R:CL
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >-!LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA <S!LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA <SA:LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA <FA:LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA <A:TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA <R:CL
>S:SS <SA:SR >A:ES >FA:FW <FA:LA <-!LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW >SA!TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW >FA:TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW >A:TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW >R:CL
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW >-!TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <S:SS
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <SA:TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <FA:TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <A:TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <-!TW
>S:SS <SA:SR >A:ES >R:CL >SA!CL
>S:SS <SA:SR >A:ES >R:CL >FA:CL
>S:SS <SA:SR >A:ES >R:CL >A:CL
>S:SS <SA:SR >A:ES >R:CL >R:CL
>S:SS <SA:SR >A:ES >R:CL >-!CL
>S:SS <SA:SR >A:ES >R:CL <S!CL
>S:SS <SA:SR >A:ES >R:CL <SA:CL
>S:SS <SA:SR >A:ES >R:CL <FA:CL
>S:SS <SA:SR >A:ES >R:CL <A:CL
>S:SS <SA:SR >A:ES >R:CL <R:CL
>S:SS <SA:SR >A:ES >R:CL <-!CL
>S:SS <S:S2 >SA:SR
>S:SS <S:S2 >FA!S2
>S:SS <S:S2 >R:CL
>S:SS <S:S2 >-!S2
>S:SS <S:S2 <SA:SR
>S:SS <S:S2 <FA!S2
>S:SS <S:S2 <R:CL
>S:SS <S:S2 <-!S2
>S:SS <SA:SR <RA:CL >S:CL >FA:CL >A:CL >S:CL >A:CL <S!CL >S:CL
>S:SS <SA:SR >RA:CL >S:SS <A:SS <FA!SS <FA!SS >S:SS <SA:SR <SA:SR
>S:SS <SA:SR >A:ES <S!ES <S!ES >A:ES <A:ES <SA:ES <S!ES <RA:CL
>S:SS >A!SS >S:SS <A:SS >S:SS >A!SS >A!SS >FA!SS >S:SS >A!SS
>S:SS <S:S2 >A!S2 <RA:CL >A:CL >S:CL >S:CL <RA:CL >SA!CL <FA:CL
>S:SS <RA:-- >RA!-- >SA!-- >S:SS >A!SS <S:S2 >A!S2 <RA:CL <SA:CL
>S:SS >A!SS >S:SS >SA!SS >A!SS >A!SS >FA!SS <S:S2 >A!S2 >SA:SR
>S:SS >SA!SS <S:S2 >S:S2 >RA:CL <SA:CL <SA:CL <SA:CL >A:CL <SA:CL
>S:SS <S:S2 <A:S2 >A!S2 <RA:CL <S!CL <S!CL >A:CL >FA:CL >RA:CL
>S:SS >S:SS >RA:-- >A:PU <SA:PU <S!PU <RA:CL <A:CL <A:CL <RA:CL
>S:SS <SA:SR >FA:FW >FA:LA >S:LA <A:LA >A:TW <A:TW >SA!TW >S:SS
>S:SS >RA:-- <S:SS <S:SS <A!SS >RA:-- >RA!-- >A:PU <S!PU <S!PU
>S:SS <FA!SS >RA:-- >RA!-- <FA!-- <A:PU <A:PU >A:PU >FA:FW >A:CW
>S:SS <S:S2 <S:S2 <S:S2 <S:S2 <S:S2 >RA:CL >RA:CL <FA:CL <S!CL
>S:SS >A!SS >SA!SS <A:SS <FA!SS <FA!SS <A:SS >FA!SS <A:SS <S:S2
>S:SS <FA!SS >A!SS <A:SS <SA:SR >S:SR <SA:SR <A:SR <A:SR <S!SR
>S:SS >FA!SS >A!SS <SA:SR >S:SR <A:SR <FA:FW >A:CW >A:CW >S:CW
>S:SS <SA:SR <S!SR <S!SR <A:SR >SA:SR <A:SR >A:ES >A:ES >SA!ES
>S:SS >A!SS <S:S2 <S:S2 <S:S2 >RA:CL <SA:CL <A:CL <SA:CL <FA:CL
>S:SS <A:SS <SA:SR <SA:SR >S:SR <S!SR >A:ES >FA:FW <A:CW <S!CW
>A:PU <FA:FW <R:CL <SA:CL <SA:CL >SA!CL >SA!CL <A:CL >FA:CL >A:CL
>A:PU <SA:PU >SA!PU <S!PU >S:PU >S:PU <A:ES <SA:ES <S!ES >S:ES
>A:PU >S:PU >A:PU <A:PU >SA!PU >S:PU >R:CL <S!CL <R:CL >SA!CL
>A:PU <S!PU >SA!PU >S:PU >R:-- <S:SS <A!SS <A!SS <R:-- <FA!--
>A:PU >S:PU <R:-- >S:SS >A!SS >SA!SS >A!SS <S:S2 >R:CL >S:SS
>A:PU <A:PU >FA:FW <R:CL <FA:CL <FA:CL >FA:CL <S!CL >A:CL >SA!CL
>A:PU <A:PU <SA:PU >S:PU >R:CL >A:CL >S:CL >S:CL <A:CL <S!CL
>A:PU >A:PU <R:-- <S:SS <SA!SS >S:S2 <SA:SR >S!SR <R:CL <R:CL
>A:PU >S:PU >S:PU >FA:FW >R:-- >S:SS >SA!SS >R:-- >R!-- >S:SS
>A:PU <A:PU >S:PU <S!PU <A:ES >FA:FW <R:CL >A:CL >R:CL >A:CL
>S:SS <SA:SR >A:ES >AP:ES >FAU:FW >U!FW <AP:CW >AP:CW >RA:CL >SF!CL >FAU:CL
>S:SS <SA:SR >A:ES >U!ES <-!ES >FA:FW >FAU:LA <FA:LA >FAU:LA >U!LA >FA:LA
>S:SS <SA:SR >A:ES <S!ES >AP:ES <A:ES <RA:CL >FA:CL <-!CL <S!CL >AP:CL
>S:SS <SA:SR >A:ES >U!ES <RA:CL <S!CL <SF!CL >SU:CL <S!CL <RA:CL >S:CL
>S:SS <SA:SR >A:ES <AP:ES <A:ES >AP:ES >-!ES <SU!ES >U!ES <AP:ES <S!ES
>S:SS <SA:SR >A:ES >FA:FW >SU:FW >RA:CL >FA:CL <SU!CL <RA:CL <SF!CL >RA:CL
>S:SS <SA:SR >A:ES <-!ES >SU:ES <FA:FW <AP:CW >SA!CW <FA:LA <SU!LA >SU:LA
>S:SS <SA:SR >A:ES >-!ES >SU:ES <A:ES <A:ES >RA:CL >SF!CL >U!CL <A:CL
>S:SS <SA:SR >A:ES <SU!ES <RA:CL <AP:CL <SU!CL >FA:CL <SU!CL >S:CL >SU:CL
>S:SS <SA:SR >A:ES >U!ES <FAU:FW <U!FW >U!FW <FAU:LA <AP:TW <SF!TW <SF!TW
>S:SS <SA:SR >A:ES >S:ES <SA:ES <SA:ES <SA:ES >S:ES <A:ES
>S:SS <SA:SR >A:ES >S:ES <SA:ES <A:ES <SA+:ES <SA:ES >A:ES
>S:SS <SA:SR >A:ES >S:ES <A:ES <SA+:ES <SA+:ES <FA:FW <SA:FW
>S:SS <SA:SR >A:ES >S:ES <A:ES <SA+:ES <SA+:ES <SA+:ES <SA+:ES
>S:SS <SA:SR >A:ES >S:ES <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <SA:SR >A:ES <R:CL >S:CL >S:CL >S:CL <SA+:SR <SA:SR >FA:FW
>S:SS <SA:SR >A:ES <R:CL >S:CL <SA:CL >S:CL >S:CL >A:CL <SA:CL
>S:SS <SA:SR >A:ES <R:CL >S:CL <SA+:SR <SA+:SR <SA:SR >A:ES <FA:FW
>S:SS <SA:SR >A:ES <R:CL >S:CL <SA+:SR >A:ES >FA:FW >S:FW >A:CW
>S:SS <SA:SR >A:ES <R:CL >S:CL <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <SA:SR >A:ES >FA:FW >S:FW <SA+:SR <SA+:SR <SA+:SR <FA:FW <SA+:FW
>S:SS <SA:SR >A:ES >FA:FW >S:FW >A:CW <FA:LA <SA+:LA <SA+:LA <SA+:LA
>S:SS <SA:SR >A:ES >FA:FW >S:FW >S:FW >S:FW <SA+:SR <SA:SR <FA:FW
>S:SS <SA:SR >A:ES >FA:FW >S:FW <FA:LA <FA:LA <SA+:LA >S:LA >A:TW
>S:SS <SA:SR >A:ES >FA:FW >S:FW <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >S:LA >FA:LA <SA+:LA >A:TW >FA:TW <SA+:TW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >S:LA <FA:LA <SA+:LA <A:TW >S:SS <SA+:SR
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >S:LA <SA+:SR <SA+:SR <SA:SR <SA:SR <A:SR
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >S:LA >S:LA <SA:LA >S:LA <A:LA <FA:LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >S:LA <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <SA:SR >A:ES >R:CL >S:SS <FA!SS <SA+:SR <FA:FW <FA:LA >S:LA
>S:SS <SA:SR >A:ES >R:CL >S:SS <SA+:SR >A:ES >A:ES <SA+:ES >S:ES
>S:SS <SA:SR >A:ES >R:CL >S:SS <A:SS <FA!SS <SA+:SR <SA+:SR <A:SR
>S:SS <SA:SR >A:ES >R:CL >S:SS >S:SS <SA:SR >A:ES <SA+:ES >FA:FW
>S:SS <SA:SR >A:ES >R:CL >S:SS <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <R:CL >S:SS >A!SS <FA!SS <SA+:SR <SA+:SR <SA+:SR
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <R:CL >S:SS >S:SS >S:SS <SA+:SR >FA:FW >FA:LA
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <R:CL >S:SS <SA:SR <A:SR <SA:SR <A:SR <FA:FW
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <R:CL >S:SS <A:SS <A:SS >A!SS >S:SS >S:SS
>S:SS <SA:SR >A:ES >FA:FW <FA:LA >A:TW <R:CL >S:SS <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <SA:SR >S:SR >S:SR <A:SR >S:SR <FA:FW <SA:FW
>S:SS <SA:SR >S:SR <SA+:SR <FA:FW <SA+:FW <SA+:FW <SA+:FW
>S:SS <SA:SR >S:SR <SA+:SR >A:ES >S:ES <FA:FW >A:CW
>S:SS <SA:SR >S:SR <FA:FW <SA:FW >A:CW <A:CW <SA+:CW
>S:SS <SA:SR >S:SR <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>S:SS <S:S2 >S:S2 <A:S2 >S:S2 <SA:SR <SA+:SR >A:ES
>S:SS <S:S2 >S:S2 >S:S2 >S:S2 <SA+:SR <SA+:SR >A:ES
>S:SS <S:S2 >S:S2 <FA!S2 <SA:SR >S:SR <SA+:SR <SA+:SR
>S:SS <S:S2 >S:S2 <A:S2 >A!S2 >FA!S2 <A:S2 <SA+:SR
>S:SS <S:S2 >S:S2 <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
>A:PU >S:PU >FA:FW <A:CW <SA:CW >FA:LA <A:TW
>A:PU >S:PU <SA+:SR <SA+:SR <SA:SR >FA:FW >A:CW
>A:PU >S:PU <SA+:SR <SA+:SR <SA+:SR <SA:SR <SA+:SR
>A:PU >S:PU >A:PU >FA:FW <A:CW <SA+:CW <SA+:CW
>A:PU >S:PU <SA+:SR >A:ES >FA:FW <FA:LA >A:TW >S:SS
`
  .trim()
  .split("\n");
