-- CreateEnum
CREATE TYPE "MountTargets" AS ENUM ('hosts', 'labels', 'all');

-- CreateEnum
CREATE TYPE "DriftPolicy" AS ENUM ('report', 'repair', 'adopt');

-- AlterEnum
ALTER TYPE "OperationStatus" ADD VALUE 'paused';

-- AlterTable
ALTER TABLE "Operation" ADD COLUMN     "rollout" JSONB;

-- AlterTable
ALTER TABLE "Mount" ADD COLUMN     "onDrift" "DriftPolicy" NOT NULL DEFAULT 'report',
ADD COLUMN     "targetLabels" JSONB,
ADD COLUMN     "targets" "MountTargets" NOT NULL DEFAULT 'hosts';

-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN     "heldBy" TEXT,
ADD COLUMN     "overrides" JSONB;

-- CreateTable
CREATE TABLE "MountEvent" (
    "id" SERIAL NOT NULL,
    "mountId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "state" "ObservedMountState" NOT NULL,
    "error" TEXT,
    "problem" TEXT,

    CONSTRAINT "MountEvent_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "MountEvent_mountId_hostId_id_idx" ON "MountEvent"("mountId", "hostId", "id");

-- CreateIndex
CREATE INDEX "MountEvent_at_idx" ON "MountEvent"("at");
