#!/usr/bin/env bash
# Intaglio on Slurm: a cluster of Ray on the nodes of a job, and a command on it. Change the lines of #SBATCH and the paths.
#   sbatch slurm.sh study run tickets --scale paper --device cuda --content ... -o /shared/studies/tickets
#   sbatch slurm.sh stylize /shared/scan.tif --style /shared/painting.jpg -o /shared/scan-painted.tif --memory 8GB
#SBATCH --job-name=intaglio
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-node=2
#SBATCH --time=12:00:00
#SBATCH --requeue
set -euo pipefail

source /shared/intaglio/bin/activate
export RAY_USAGE_STATS_ENABLED=0 OMP_NUM_THREADS=1

nodes=($(scontrol show hostnames "$SLURM_JOB_NODELIST"))
head="${nodes[0]}"
# Jobs that share a node must not share a port.
port=$((10000 + SLURM_JOB_ID % 20000))
address="$(srun --nodes=1 --ntasks=1 -w "$head" hostname --ip-address | awk '{print $1}'):$port"

# `--block` keeps each task until the job ends; Slurm then ends all that it began.
srun --nodes=1 --ntasks=1 -w "$head" ray start --head --port="$port" --num-cpus="$SLURM_CPUS_PER_TASK" \
    --num-gpus="$SLURM_GPUS_ON_NODE" --include-dashboard=false --block &
until ray health-check --address "$address" 2>/dev/null; do sleep 2; done
if ((${#nodes[@]} > 1)); then
    srun --nodes=$((SLURM_NNODES - 1)) --ntasks=$((SLURM_NNODES - 1)) --exclude="$head" ray start --address="$address" \
        --num-cpus="$SLURM_CPUS_PER_TASK" --num-gpus="$SLURM_GPUS_ON_NODE" --block &
    sleep 20
fi

# This script runs on the first node. A job that Slurm began again goes on where it was; `stylize` is told so.
more=()
if [[ "$1" == stylize ]]; then more=(--resume); fi
intaglio "$@" --engine ray --address "$address" "${more[@]}"
